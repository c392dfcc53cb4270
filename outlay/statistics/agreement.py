"""How much two verifiers agree, and whether they err together, with intervals."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from outlay.statistics.intervals import Interval, bootstrap_interval

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


def cohen_kappa(first: IntArray, second: IntArray, confidence: float = 0.95) -> Interval:
    """Agreement beyond chance of two judges' categories (n,), such as pass and fail (Cohen 1960).

    1 where they always agree, 0 where as often as independent judges with the same habits. The interval is normal, with
    the large-sample variance of Fleiss, Cohen and Everitt (1969); it has no width where they always agree. If both
    only ever use one and the same category kappa is undefined: NaN, between -1 and 1.

    Raises:
        ValueError: if the shapes differ, there are none, or ``confidence`` is out of range.
    """
    _check(first, second)
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1; got {confidence}")
    categories, index = np.unique(np.concatenate([first, second]), return_inverse=True)
    if len(categories) == 1:
        return Interval(math.nan, -1.0, 1.0)
    n, size = len(first), len(categories)
    table = np.bincount(size * index[:n] + index[n:], minlength=size * size).reshape(size, size) / n
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    observed, chance = float(np.trace(table)), float(rows @ columns)
    kappa = (observed - chance) / (1 - chance)
    # The three terms of the published variance: agreement, disagreement and what is subtracted.
    habits = rows[None, :] + columns[:, None]
    agreeing = np.diag(table) @ (1 - np.diag(habits) * (1 - kappa)) ** 2
    differing = (1 - kappa) ** 2 * (table * habits**2 * (1 - np.eye(size))).sum()
    variance = (agreeing + differing - (kappa - chance * (1 - kappa)) ** 2) / (n * (1 - chance) ** 2)
    half = float(stats.norm.ppf((1 + confidence) / 2)) * math.sqrt(max(0.0, float(variance)))
    return Interval(kappa, max(-1.0, kappa - half), min(1.0, kappa + half))


def score_correlation(
    first: FloatArray, second: FloatArray, rng: np.random.Generator, confidence: float = 0.95, resamples: int = 1000
) -> Interval:
    """Spearman's rank correlation of two verifiers' scores (n,) of the same answers, with a bootstrap interval.

    A resample in which one of them has a single value counts as 0. So does such a sample.

    Raises:
        ValueError: if the shapes differ, there are none, one is NaN or a setting is out of range.
    """
    _check(first, second)
    if np.isnan(first).any() or np.isnan(second).any():
        raise ValueError("a score is NaN")

    def correlate(chosen: FloatArray) -> FloatArray:
        rows = chosen.astype(np.int64)
        return row_correlations(stats.rankdata(first[rows], axis=1), stats.rankdata(second[rows], axis=1))

    return bootstrap_interval(np.arange(len(first), dtype=np.float64), rng, confidence, resamples, correlate)


def error_correlation(
    first: FloatArray,
    second: FloatArray,
    right: BoolArray,
    rng: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = 1000,
) -> Interval:
    """Partial rank correlation of two verifiers' scores of the same answers (n,), given their labels (n,).

    Good verifiers agree because both are right; what decides whether a second one adds anything is whether they also
    misjudge the same answers among those that are right, and among those that are wrong. Verdicts of 0 and 1 will do.

    Raises:
        ValueError: as ``score_correlation``.
    """
    _check(first, right)
    _check(first, second)
    if np.isnan(first).any() or np.isnan(second).any():
        raise ValueError("a score is NaN")
    return partial_correlation(first, second, right, rng, confidence, resamples)


def partial_correlation(
    first: FloatArray,
    second: FloatArray,
    right: BoolArray,
    rng: np.random.Generator,
    confidence: float,
    resamples: int,
) -> Interval:
    """Correlation of the ranks of two values (n,), each less their mean among those with the same label (n,)."""

    def correlate(chosen: FloatArray) -> FloatArray:
        rows = chosen.astype(np.int64)
        label = right[rows]
        parts = (_within_labels(stats.rankdata(values[rows], axis=1), label) for values in (first, second))
        return row_correlations(*parts)

    return bootstrap_interval(np.arange(len(first), dtype=np.float64), rng, confidence, resamples, correlate)


def row_correlations(first: FloatArray, second: FloatArray) -> FloatArray:
    """Pearson's correlation of each row of ranks, (rows, n) and (rows, n) -> (rows,); 0 where one does not vary."""
    left, right = (table - table.mean(axis=1, keepdims=True) for table in (first, second))
    size = np.sqrt((left**2).sum(axis=1) * (right**2).sum(axis=1))
    # Ranks that differ do so by a half or more; anything smaller is rounding.
    return np.asarray(np.divide((left * right).sum(axis=1), size, np.zeros(len(first)), where=size > 1e-6), np.float64)


def _within_labels(values: FloatArray, label: BoolArray) -> FloatArray:
    """(rows, n) less the mean of those with the same label in the row."""
    left = values.copy()
    for kind in (label, ~label):
        count = np.maximum(kind.sum(axis=1, keepdims=True), 1)
        left -= kind * ((values * kind).sum(axis=1, keepdims=True) / count)
    return left


def _check(first: NDArray[np.generic], second: NDArray[np.generic]) -> None:
    if first.ndim != 1 or first.shape != second.shape or not len(first):
        raise ValueError(f"both need the same shape (n,) with n above 0; got {first.shape} and {second.shape}")
