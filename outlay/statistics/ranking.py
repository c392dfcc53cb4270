"""How well scores tell right from wrong: the area under the ROC curve, over all and within groups."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit, logit

from outlay.statistics.intervals import Interval, wilson_interval

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


def area_under_roc_interval(scores: FloatArray, right: BoolArray, confidence: float = 0.95) -> Interval:
    """The same with an interval for independent items; NaN between 0 and 1 without both kinds.

    Normal on the log-odds of the area, with the variance of DeLong, DeLong and Clarke-Pearson (1988). Where that is
    zero, as it is if all pairs are in order, Wilson's interval for as many pairs as have no item in common.

    Raises:
        ValueError: if the shapes differ or are not (n,), or ``confidence`` is out of range.
    """
    _check_shapes(scores, right)
    good, bad = np.sort(scores[right]), np.sort(scores[~right])
    pairs = min(len(good), len(bad))
    if not pairs:
        return Interval(float("nan"), 0.0, 1.0)
    area = area_under_roc(scores, right)
    above, below = _placements(good, bad), _placements(bad, good)
    error = math.sqrt((above.var(ddof=1) / len(good) + below.var(ddof=1) / len(bad)) if pairs > 1 else 0.0)
    if error == 0:
        found = wilson_interval(round(area * pairs), pairs, confidence)
        return Interval(area, min(area, found.low), max(area, found.high))
    half = float(stats.norm.ppf((1 + confidence) / 2)) * error / (area * (1 - area))
    low, high = expit(logit(area) + np.array([-half, half]))
    return Interval(area, float(low), float(high))


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


def _placements(values: FloatArray, others: FloatArray) -> FloatArray:
    """(n,): the share of the others, in rising order, that is below each value, equal ones half."""
    below, upto = np.searchsorted(others, values, "left"), np.searchsorted(others, values, "right")
    return np.asarray((below + upto) / (2 * len(others)), np.float64)


def _check_shapes(scores: FloatArray, right: BoolArray) -> None:
    if scores.ndim != 1 or scores.shape != right.shape:
        raise ValueError(f"needs scores (n,) and flags (n,); got {scores.shape} and {right.shape}")
