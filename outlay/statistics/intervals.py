"""Confidence intervals: Wilson's for a proportion, Student's and the bootstrap for a mean, and clustered forms."""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

FloatArray = NDArray[np.float64]
Statistic = Callable[[FloatArray], FloatArray]
"""From resampled values (resamples, n) to one number each (resamples,)."""


class Interval(NamedTuple):
    """An estimate and the bounds that cover the true value with the stated confidence."""

    estimate: float
    low: float
    high: float


def wilson_interval(successes: int, trials: int, confidence: float = 0.95) -> Interval:
    """A proportion of independent trials; right near 0 and 1 too (Wilson 1927).

    Raises:
        ValueError: if there are no trials, or ``successes`` or ``confidence`` is out of range.
    """
    _check_confidence(confidence)
    if trials < 1 or not 0 <= successes <= trials:
        raise ValueError(f"needs 0 <= successes <= trials with trials above 0; got {successes} of {trials}")
    z = float(stats.norm.ppf((1 + confidence) / 2))
    share = successes / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return Interval(share, max(0.0, min(centre - half, share)), min(1.0, max(centre + half, share)))


def mean_interval(values: FloatArray, confidence: float = 0.95) -> Interval:
    """The mean of independent values (n,), by Student's t; from one value the interval is unbounded.

    Raises:
        ValueError: if there are no values, one is not finite, or ``confidence`` is out of range.
    """
    _check_confidence(confidence)
    _check_values(values)
    mean = float(values.mean())
    if len(values) == 1:
        return Interval(mean, -math.inf, math.inf)
    half = float(stats.t.ppf((1 + confidence) / 2, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values)))
    return Interval(mean, mean - half, mean + half)


def bootstrap_interval(
    values: FloatArray,
    rng: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = 2000,
    statistic: Statistic | None = None,
) -> Interval:
    """Percentile bootstrap of a statistic, the mean unless another is given (Efron 1979).

    Args:
        values: independent values (n,).
        rng: source of the resamples.
        confidence: of the interval.
        resamples: how many, at least 1.
        statistic: maps (resamples, n) to (resamples,).

    Raises:
        ValueError: if there are no values, one is not finite, or a setting is out of range.
    """
    _check_confidence(confidence)
    _check_values(values)
    if resamples < 1:
        raise ValueError(f"resamples must be 1 or above; got {resamples}")
    compute = statistic or _mean
    drawn = np.concatenate([compute(values[rows]) for rows in _row_blocks(len(values), resamples, rng)])
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Interval(float(compute(values[None])[0]), float(low), float(high))


def clustered_interval(values: FloatArray, clusters: NDArray[np.int64], confidence: float = 0.95) -> Interval:
    """The mean of values (n,) that are independent between clusters only, such as seeds of one problem.

    The variance is that of the cluster totals around the overall mean (Cameron and Miller 2015, section II.A), with
    Student's t at one degree of freedom less than there are clusters.

    Raises:
        ValueError: if the shapes differ, there are no values, one is not finite, or ``confidence`` is out of range.
    """
    _check_confidence(confidence)
    _check_values(values)
    if clusters.shape != values.shape:
        raise ValueError(f"clusters must have shape {values.shape}; got {clusters.shape}")
    mean = float(values.mean())
    _, index = np.unique(clusters, return_inverse=True)
    totals = np.bincount(index, values - mean)
    count = len(totals)
    if count == 1:
        return Interval(mean, -math.inf, math.inf)
    error = math.sqrt(float(totals @ totals) * count / (count - 1)) / len(values)
    half = float(stats.t.ppf((1 + confidence) / 2, count - 1)) * error
    return Interval(mean, mean - half, mean + half)


def _mean(rows: FloatArray) -> FloatArray:
    return np.asarray(rows.mean(axis=-1), np.float64)


def _row_blocks(n: int, resamples: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Indices of all resamples in blocks of bounded memory, each made when it is due."""
    block = max(1, 2_000_000 // n)
    sizes = [min(block, resamples - start) for start in range(0, resamples, block)]
    return (rng.integers(0, n, size=(size, n)) for size in sizes)


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1; got {confidence}")


def _check_values(values: FloatArray) -> None:
    if values.ndim != 1 or len(values) == 0 or not np.isfinite(values).all():
        raise ValueError(f"values must be finite, of shape (n,) with n above 0; got shape {values.shape}")
