"""Two methods on the same problems: the difference with its interval and p-value, and corrections for many."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from outlay.statistics.intervals import Interval, clustered_interval

FloatArray = NDArray[np.float64]


class Comparison(NamedTuple):
    """How much the first method is better than the second.

    Attributes:
        difference: mean of first minus second, with its interval.
        p_value: two-sided, for a true difference of zero.
        problems: how many were compared.
        detectable: the smallest true difference found with probability 0.8 at this noise, number of problems and a
            two-sided level of 0.05; infinite for one problem.
    """

    difference: Interval
    p_value: float
    problems: int
    detectable: float


def compare_paired(
    first: FloatArray, second: FloatArray, clusters: NDArray[np.int64] | None = None, confidence: float = 0.95
) -> Comparison:
    """Compare results (n,) and (n,) on the same n trials; clusters (n,) name the problem where it was asked repeatedly.

    The interval and test are Student's on the mean difference, with cluster-robust variance.

    Raises:
        ValueError: if the shapes differ, are empty, or hold what is not finite.
    """
    if first.shape != second.shape:
        raise ValueError(f"both need the same shape; got {first.shape} and {second.shape}")
    groups = np.arange(len(first)) if clusters is None else clusters
    difference = clustered_interval(first - second, groups, confidence)
    problems = len(np.unique(groups))
    if problems == 1:
        return Comparison(difference, 1.0, 1, math.inf)
    degrees = problems - 1
    error = (difference.high - difference.estimate) / float(stats.t.ppf((1 + confidence) / 2, degrees))
    if error == 0:
        p_value = 1.0 if difference.estimate == 0 else 0.0
    else:
        p_value = 2 * float(stats.t.sf(abs(difference.estimate) / error, degrees))
    detectable = (float(stats.t.ppf(0.975, degrees)) + float(stats.t.ppf(0.8, degrees))) * error
    return Comparison(difference, p_value, problems, detectable)


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Exact two-sided p-value that two methods are right equally often, from the pairs in which they differ.

    Raises:
        ValueError: if the shapes differ.
    """
    if first.shape != second.shape:
        raise ValueError(f"both need the same shape; got {first.shape} and {second.shape}")
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    different = only_first + only_second
    return 1.0 if different == 0 else float(stats.binomtest(only_first, different).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for being looked at together, in the given order (Holm 1979)."""
    order = sorted(range(len(p_values)), key=lambda position: p_values[position])
    corrected = [0.0] * len(p_values)
    largest = 0.0
    for rank, position in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[position]))
        corrected[position] = largest
    return corrected
