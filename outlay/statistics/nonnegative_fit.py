"""A linear form with coefficients that cannot be negative, such as times and prices, fitted by least squares."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from outlay.statistics.intervals import Interval

FloatArray = NDArray[np.float64]


class NonnegativeFit(NamedTuple):
    """A fitted linear form.

    Attributes:
        coefficients: one for each column, 0 or above, with its interval.
        deviation: root mean square of what the form leaves unexplained, by degrees of freedom.
    """

    coefficients: tuple[Interval, ...]
    deviation: float


def nonnegative_fit(design: FloatArray, response: FloatArray, confidence: float = 0.95) -> NonnegativeFit:
    """Least squares with coefficients of 0 or above (Lawson and Hanson 1974).

    The intervals are Student's of ordinary least squares, cut off at 0: they cover as stated where the errors are
    normal and of one variance, and are wider than they need to be where a coefficient is near 0.

    Args:
        design: (n, columns), n above the number of columns.
        response: (n,).
        confidence: of the intervals.

    Raises:
        ValueError: if the shapes do not fit, something is not finite, or the columns depend on each other.
    """
    n, columns = design.shape if design.ndim == 2 else (0, 0)
    if response.shape != (n,) or not 0 < columns < n or not 0 < confidence < 1:
        raise ValueError(f"needs more rows than columns, a response for each; got {design.shape} and {response.shape}")
    if not (np.isfinite(design).all() and np.isfinite(response).all()):
        raise ValueError("design and response must be finite")
    scale = np.linalg.norm(design, axis=0)
    scaled = design / np.where(scale > 0, scale, 1.0)
    if np.linalg.matrix_rank(scaled) < columns:
        raise ValueError("the columns depend on each other: no one set of coefficients fits best")
    free, *_ = np.linalg.lstsq(scaled, response, rcond=None)
    bounded, _ = optimize.nnls(scaled, response)
    deviation = math.sqrt(float(np.sum((response - scaled @ bounded) ** 2)) / (n - columns))
    errors = deviation * np.sqrt(np.diag(np.linalg.inv(scaled.T @ scaled)))
    half = float(stats.t.ppf((1 + confidence) / 2, n - columns)) * errors
    low, high = np.maximum(free - half, 0.0), np.maximum(free + half, 0.0)
    found = zip(bounded / scale, np.minimum(low, bounded) / scale, np.maximum(high, bounded) / scale, strict=True)
    return NonnegativeFit(tuple(Interval(*map(float, one)) for one in found), deviation)
