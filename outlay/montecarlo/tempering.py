"""Tempered weights: powers w^b with b in [0, 1], between equal weights (0) and the weights themselves (1)."""

import numpy as np
from numpy.typing import NDArray

from outlay.montecarlo.log_weights import normalise_log_weights

FloatArray = NDArray[np.float64]

_HALVINGS = 40
"""Of the interval [0, 1] in the search for an exponent."""


def temper(log_weights: FloatArray, exponent: float) -> FloatArray:
    """Log of w^exponent, (n,); a weight of zero stays zero even at exponent 0, so that support is kept.

    Raises:
        ValueError: if the exponent is below 0.
    """
    if not exponent >= 0:
        raise ValueError(f"an exponent must be 0 or above; got {exponent}")
    possible = np.isfinite(log_weights)
    return np.where(possible, exponent * np.where(possible, log_weights, 0.0), log_weights)


def entropy_share(log_weights: FloatArray) -> float:
    """Entropy of the normalised weights over its largest value log n, in [0, 1]; 1 if n is 1, 0 if all are zero.

    Raises:
        ValueError: if there are no weights, or one is NaN or +inf.
    """
    if len(log_weights) and (log_weights == -np.inf).all():
        return 0.0
    weights = normalise_log_weights(log_weights).weights
    if len(weights) == 1:
        return 1.0
    positive = weights[weights > 0]
    return min(1.0, max(0.0, float(-(positive * np.log(positive)).sum() / np.log(len(weights)))))


def entropic_exponent(log_weights: FloatArray, share: float) -> float:
    """The largest exponent in [0, 1] at which the entropy share of the tempered weights is at least ``share``.

    Entropy falls as the exponent grows, so it is found by halving. If too few weights are above zero even for
    exponent 0, that is the answer: equal weights on the support.

    Raises:
        ValueError: if ``share`` is outside [0, 1], there are no weights, or one is NaN or +inf.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"an entropy share must be from 0 to 1; got {share}")
    if entropy_share(log_weights) >= share:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if entropy_share(temper(log_weights, middle)) >= share:
            low = middle
        else:
            high = middle
    return low
