"""How many times as much one method costs as another on the same problems."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from outlay.statistics.intervals import Interval

FloatArray = NDArray[np.float64]


def ratio_of_means(first: FloatArray, second: FloatArray, confidence: float = 0.95) -> Interval:
    """The mean of first (n,) over that of second (n,), values of the same n problems.

    The interval is Student's on the logarithm of the ratio, whose variance is that of the paired differences of both
    values in units of their means (delta method; van der Vaart 1998, section 3.1); from one problem it is unbounded.

    Raises:
        ValueError: if the shapes differ or are not (n,) with n above 0, a value is below 0 or not finite, a mean is 0,
            or ``confidence`` is out of range.
    """
    if first.ndim != 1 or first.shape != second.shape or not len(first):
        raise ValueError(f"needs values (n,) and (n,) with n above 0; got {first.shape} and {second.shape}")
    both = np.stack([first, second])
    if not np.isfinite(both).all() or (both < 0).any() or not both.any(axis=1).all():
        raise ValueError("values must be finite and 0 or above, and their means above 0")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1; got {confidence}")
    means = both.mean(axis=1)
    ratio = float(means[0] / means[1])
    n = len(first)
    if n == 1:
        return Interval(ratio, 0.0, math.inf)
    error = float((first / means[0] - second / means[1]).std(ddof=1)) / math.sqrt(n)
    factor = math.exp(float(stats.t.ppf((1 + confidence) / 2, n - 1)) * error)
    return Interval(ratio, ratio / factor, ratio * factor)
