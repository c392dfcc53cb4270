"""Resampling schemes with one signature: weights (n,), how many to draw, and a generator -> ancestor indices.

All are unbiased: the expected number of copies of particle i is ``count * weights[i]`` (Douc, Cappe and Moulines 2005,
Comparison of Resampling Schemes for Particle Filtering, section 2). They differ in variance.
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
    """Independent draws: the copies are multinomial. Indices come out sorted."""
    _check(weights, count)
    if count == 0:
        return np.zeros(0, np.int64)
    # Partial sums of exponentials, divided by the last, are uniform order statistics: sorted without sorting.
    sums = np.cumsum(rng.standard_exponential(count + 1))
    return _invert(weights, sums[:-1] / sums[-1])


def stratified(weights: FloatArray, count: int, rng: np.random.Generator) -> IntArray:
    """One draw in each of ``count`` equal strata (Kitagawa 1996)."""
    _check(weights, count)
    return _invert(weights, (np.arange(count) + rng.random(count)) / max(count, 1))


def systematic(weights: FloatArray, count: int, rng: np.random.Generator) -> IntArray:
    """One uniform number shared by all strata; copies are floor or ceiling of ``count * weight`` (Carpenter 1999)."""
    _check(weights, count)
    return _invert(weights, (np.arange(count) + rng.random()) / max(count, 1))


def residual(weights: FloatArray, count: int, rng: np.random.Generator) -> IntArray:
    """floor(count * weight) copies for certain, the rest multinomial on what is left (Liu and Chen 1998)."""
    _check(weights, count)
    expected = count * (weights / weights.sum())
    # Rounding must not turn an expected number of 3 - 1e-16 into two certain copies.
    certain = np.floor(expected + 1e-9).astype(np.int64)
    kept = np.repeat(np.arange(len(weights)), certain)[:count]
    left = count - len(kept)
    rest = np.maximum(expected - certain, 0.0)
    if left == 0:
        return kept
    return np.concatenate([kept, multinomial(rest, left, rng)])


RESAMPLING_SCHEMES: Mapping[ResamplingScheme, Resample] = MappingProxyType(
    {
        ResamplingScheme.MULTINOMIAL: multinomial,
        ResamplingScheme.STRATIFIED: stratified,
        ResamplingScheme.SYSTEMATIC: systematic,
        ResamplingScheme.RESIDUAL: residual,
    }
)


def _invert(weights: FloatArray, points: FloatArray) -> IntArray:
    """Indices of sorted points in [0, 1) under the weights' distribution function; never one of weight zero."""
    cumulative = np.cumsum(weights)
    positions = points * cumulative[-1]
    last = int(np.flatnonzero(weights)[-1])
    indices: IntArray = np.minimum(np.searchsorted(cumulative, positions, side="right"), last)
    return indices


def _check(weights: FloatArray, count: int) -> None:
    if weights.ndim != 1 or len(weights) == 0:
        raise ValueError(f"weights must have shape (n,) with n above 0; got shape {weights.shape}")
    if count < 0:
        raise ValueError(f"count must be 0 or above; got {count}")
    if not (weights.min() >= 0 and np.isfinite(weights).all() and weights.sum() > 0):
        raise ValueError("weights must be finite, at least 0, and not all 0")
