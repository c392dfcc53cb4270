"""From which confidence on answers may be handed out one by one, so that few of them are wrong.

Selection of a batch at a false-discovery rate needs the batch. A service that answers questions as they come needs a
threshold instead: the lowest one above which the share of wrong answers is surely below a bound.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

GRID = tuple(round(0.05 * step, 2) for step in range(21))
"""Thresholds that are tried; fixed in advance, since ones that the labels suggest would be too good."""


class Threshold(NamedTuple):
    """Where to begin to answer.

    Attributes:
        confidence: answers with at least so much are handed out.
        coverage: share of the labelled answers that have it.
        wrong: share of those that are wrong.
    """

    confidence: float
    coverage: float
    wrong: float


def risk_threshold(
    scores: NDArray[np.float64], right: NDArray[np.bool_], risk: float, certainty: float = 0.9
) -> Threshold | None:
    """The lowest threshold above which at most a share ``risk`` of all answers like these is wrong.

    With probability ``certainty`` over the labelled answers the bound holds for new ones that are drawn like them.
    Given how many labelled answers lie above a threshold, the number of wrong ones among them is binomial, which tests
    each threshold; the tests share 1 - certainty evenly (Bonferroni). Source: Geifman and El-Yaniv 2017, Selective
    Classification for Deep Neural Networks; Angelopoulos et al. 2021, Learn Then Test, section 2.

    Args:
        scores: (n,) in [0, 1].
        right: (n,) labels.
        risk: the largest share of wrong answers among those handed out, in (0, 1).
        certainty: probability that the bound holds, in (0, 1).

    Returns:
        None if no threshold passes.

    Raises:
        ValueError: if the shapes differ or a share is out of range.
    """
    if scores.ndim != 1 or scores.shape != right.shape:
        raise ValueError(f"needs scores (n,) and labels (n,); got {scores.shape} and {right.shape}")
    if not (0 < risk < 1 and 0 < certainty < 1):
        raise ValueError(f"risk and certainty must be between 0 and 1; got {risk} and {certainty}")
    for threshold in GRID:
        kept = scores >= threshold
        count, wrong = int(kept.sum()), int((kept & ~right).sum())
        # The chance of so few wrong ones if the true share were as large as the bound.
        if count and binom.cdf(wrong, count, risk) <= (1 - certainty) / len(GRID):
            return Threshold(threshold, count / len(scores), wrong / count)
    return None


def labels_needed(risk: float, certainty: float = 0.9) -> int:
    """How many labelled answers above a threshold it takes at least, all of them right."""
    return int(np.ceil(np.log((1 - certainty) / len(GRID)) / np.log1p(-risk)))
