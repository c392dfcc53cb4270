"""How well scores tell right from wrong: the area under the ROC curve, over all and within groups."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def area_under_roc(scores: FloatArray, right: BoolArray) -> float:
    """Probability that a right item outscores a wrong one, ties counted half; NaN without both kinds.

    Raises:
        ValueError: if the shapes differ or are not (n,).
    """
    _check_shapes(scores, right)
    wins, pairs = _wins(scores, right)
    return wins / pairs if pairs else float("nan")


def grouped_area_under_roc(scores: FloatArray, right: BoolArray, groups: NDArray[np.int64]) -> float:
    """The same over pairs within one group only, such as answers to one problem; NaN without such a pair.

    A score that knows nothing but how hard a problem is has 0.5 here, however well it does over all.

    Raises:
        ValueError: if the shapes differ or are not (n,).
    """
    _check_shapes(scores, right)
    if groups.shape != scores.shape:
        raise ValueError(f"groups must have shape {scores.shape}; got {groups.shape}")
    found = [_wins(scores[groups == group], right[groups == group]) for group in np.unique(groups)]
    wins, pairs = (sum(part) for part in zip(*found, strict=True)) if found else (0.0, 0)
    return wins / pairs if pairs else float("nan")


def _wins(scores: FloatArray, right: BoolArray) -> tuple[float, int]:
    """How many pairs of a right and a wrong item are in order, ties half, and how many there are."""
    good = int(right.sum())
    bad = len(right) - good
    if not good or not bad:
        return 0.0, 0
    ranks = stats.rankdata(scores)
    return float(ranks[right].sum() - good * (good + 1) / 2), good * bad


def _check_shapes(scores: FloatArray, right: BoolArray) -> None:
    if scores.ndim != 1 or scores.shape != right.shape:
        raise ValueError(f"needs scores (n,) and flags (n,); got {scores.shape} and {right.shape}")
