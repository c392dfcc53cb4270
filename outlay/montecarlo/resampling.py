"""Resampling schemes with one signature: weights (n,), how many to draw, and a generator -> ancestor indices.

Weights are linear and need not sum to one. All schemes are unbiased: the expected number of copies of particle i is
``count * weights[i] / sum(weights)`` (Douc, Cappe and Moulines 2005, Comparison of Resampling Schemes for Particle
Filtering, section 2). They differ in variance: stratified and residual never have more than multinomial, systematic
usually has the least. Each takes O(n + count) memory; a particle of weight zero is never copied.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Resample = Callable[[FloatArray, int, np.random.Generator], IntArray]


class ResamplingScheme(StrEnum):
    """The schemes by name."""

    MULTINOMIAL = "multinomial"
    STRATIFIED = "stratified"
    SYSTEMATIC = "systematic"
    RESIDUAL = "residual"


def multinomial(weights: FloatArray, count: int, rng: np.random.Generator) -> IntArray:
    """Independent draws: the copies are multinomial. Indices (count,) come out sorted.

    Raises:
        ValueError: if ``weights`` is not (n,), finite, at least 0 and not all 0, or ``count`` is below 0.
    """
    _check(weights, count)
    if count == 0:
        return np.zeros(0, np.int64)
    # Partial sums of exponentials, divided by the last, are uniform order statistics: sorted without sorting.
    sums = np.cumsum(rng.standard_exponential(count + 1))
    cumulative = np.cumsum(weights)
    positions = sums[:-1] * (cumulative[-1] / sums[-1])
    ancestors: IntArray = np.searchsorted(cumulative, positions, side="right").astype(np.int64, copy=False)
    np.minimum(ancestors, _last(cumulative), out=ancestors)
    return ancestors


def stratified(weights: FloatArray, count: int, rng: np.random.Generator) -> IntArray:
    """One draw in each of ``count`` equal strata (Kitagawa 1996). Indices (count,) come out sorted.

    Raises:
        ValueError: if ``weights`` is not (n,), finite, at least 0 and not all 0, or ``count`` is below 0.
    """
    _check(weights, count)
    return _one_per_stratum(weights, rng.random(count))


def systematic(weights: FloatArray, count: int, rng: np.random.Generator) -> IntArray:
    """One uniform number shared by all strata; copies are floor or ceiling of their mean (Carpenter et al. 1999).

    Indices (count,) come out sorted.

    Raises:
        ValueError: if ``weights`` is not (n,), finite, at least 0 and not all 0, or ``count`` is below 0.
    """
    _check(weights, count)
    return _one_per_stratum(weights, np.full(count, rng.random()))


def residual(weights: FloatArray, count: int, rng: np.random.Generator) -> IntArray:
    """The floor of the mean number of copies for certain, the rest multinomial on what is left (Liu and Chen 1998).

    Indices (count,): the certain copies sorted, then the others sorted.

    Raises:
        ValueError: if ``weights`` is not (n,), finite, at least 0 and not all 0, or ``count`` is below 0.
    """
    _check(weights, count)
    expected = count * (weights / weights.sum())
    # Rounding must not turn an expected number of 3 - 1e-16 into two certain copies.
    certain = np.floor(expected + 1e-9).astype(np.int64)
    kept = np.repeat(np.arange(len(weights)), certain)[:count]
    left = count - len(kept)
    if left == 0:
        return kept
    return np.concatenate([kept, multinomial(np.maximum(expected - certain, 0.0), left, rng)])


RESAMPLING_SCHEMES: Mapping[ResamplingScheme, Resample] = MappingProxyType(
    {
        ResamplingScheme.MULTINOMIAL: multinomial,
        ResamplingScheme.STRATIFIED: stratified,
        ResamplingScheme.SYSTEMATIC: systematic,
        ResamplingScheme.RESIDUAL: residual,
    }
)
"""The function of each scheme."""


def _one_per_stratum(weights: FloatArray, uniforms: FloatArray) -> IntArray:
    """Ancestors of the points ``(j + uniforms[j]) / count``, found without a search, in O(n + count)."""
    count = len(uniforms)
    if count == 0:
        return np.zeros(0, np.int64)
    edges = np.cumsum(weights)
    last = _last(edges)
    edges /= edges[-1]
    edges *= count
    stratum = np.minimum(edges.astype(np.int64), count - 1)
    # Points below an edge: one in each stratum wholly below it, and perhaps that of the stratum it cuts.
    below = stratum + (uniforms[stratum] < edges - stratum)
    below[last:] = count
    return np.repeat(np.arange(len(weights)), np.diff(below, prepend=0))


def _last(cumulative: FloatArray) -> int:
    """Index of the last particle whose weight counts; rounding at the end of the sum must not go beyond it."""
    return int(np.searchsorted(cumulative, cumulative[-1], side="left"))


def _check(weights: FloatArray, count: int) -> None:
    if weights.ndim != 1 or len(weights) == 0:
        raise ValueError(f"weights must have shape (n,) with n above 0; got shape {weights.shape}")
    if count < 0:
        raise ValueError(f"count must be 0 or above; got {count}")
    smallest, total = weights.min(), weights.sum()
    if not (smallest >= 0 and 0 < total < np.inf):
        message = "weights must be at least 0 with a finite sum above 0"
        raise ValueError(f"{message}; got smallest {smallest} and sum {total}")
