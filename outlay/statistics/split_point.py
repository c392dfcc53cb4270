"""Residuals above and below a split: an identity that holds at the mean, and the discrepancy where it does not.

Paper 218's abstract says that under ideal conditions the total mean absolute residual (MAR) is the harmonic mean of the
MARs of the two sides, and calls the deviation the self-consistency discrepancy score. What is exactly true, derived
here: of values of which none equals the split c, let the mean be c + d, the MAR of those above a, of those below b
and of all M. With the share p above, p a - (1 - p) b = d and p a + (1 - p) b = M, hence

    M = 2 a b / (a + b) + d (a - b) / (a + b)

So the identity holds where the split is the mean (d = 0), and also where both sides have the same MAR, whatever d is:
the score |2 a b - M (a + b)| = |d (a - b)| does not see a shift of a symmetric distribution. At the mean of the very
sample it is zero for every sample. It says something only of a split that comes from elsewhere, such as a predicted
mean, a stated confidence or the mean of other samples. Values equal to the split belong to neither side and lower M
alone; with a share t of them the identity is M = (1 - t) 2 a b / (a + b), so they are left out of M here.

For a binary label and its predicted probability q the split is q, a = 1 - q and b = q, and with the true rate r

    M - 2 q (1 - q) = (r - q) (1 - 2 q)

which is blind where q is one half.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.statistics.intervals import Interval, clustered_interval, mean_interval

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SplitPoint:
    """Mean absolute residuals of values around a split, those equal to it left out.

    Attributes:
        total: of all values.
        upper: of those above; NaN if there are none.
        lower: of those below; NaN if there are none.
    """

    total: float
    upper: float
    lower: float

    @property
    def harmonic_mean(self) -> float:
        """Of the two sides; 0 where one of them is empty, the limit as its share vanishes."""
        if math.isnan(self.upper) or math.isnan(self.lower):
            return 0.0
        return 2 * self.upper * self.lower / (self.upper + self.lower)

    @property
    def discrepancy(self) -> float:
        """The self-consistency discrepancy score |2 a b - M (a + b)|, in squared units of the values.

        That is the form in which the paper's public code computes it. With one side empty it is the squared MAR.
        """
        if math.isnan(self.upper) or math.isnan(self.lower):
            return self.total**2
        return abs(2 * self.upper * self.lower - self.total * (self.upper + self.lower))

    @property
    def relative_discrepancy(self) -> float:
        """|M - harmonic mean| / M, without unit; 1 where one side is empty, 0 where every value is at the split."""
        return abs(self.total - self.harmonic_mean) / self.total if self.total > 0 else 0.0


def split_residuals(values: FloatArray, split: float) -> SplitPoint:
    """Residuals of values (n,) around a split that does not come from the same values.

    Raises:
        ValueError: if there are no values, or one or the split is not finite.
    """
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all() or not math.isfinite(split):
        raise ValueError(f"needs finite values (n,) with n above 0 and a finite split; got {values.shape} and {split}")
    residuals = values - split
    above, below = residuals[residuals > 0], -residuals[residuals < 0]
    count = len(above) + len(below)
    total = float((above.sum() + below.sum()) / count) if count else 0.0
    return SplitPoint(total, _mean(above), _mean(below))


def binary_discrepancy(
    scores: FloatArray, right: BoolArray, clusters: NDArray[np.int64] | None = None, confidence: float = 0.95
) -> Interval:
    """Total MAR of binary labels around their predicted probabilities, less what it is if these are true.

    The mean of |y - q| - 2 q (1 - q), which is that of (r - q) (1 - 2 q): zero for calibrated scores, positive where
    they are too sure, negative where they are less extreme than they should be. An interval that excludes zero shows
    miscalibration; one that holds it shows nothing about scores near one half.

    Args:
        scores: (n,) predicted probabilities.
        right: (n,) labels.
        clusters: (n,) which problem an answer is to, where there are several to one.
        confidence: of the interval.

    Raises:
        ValueError: if the shapes do not fit, there are none, a score is outside 0 to 1 or ``confidence`` out of range.
    """
    if scores.shape != right.shape or not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError(f"needs scores (n,) between 0 and 1 and labels (n,); got {scores.shape} and {right.shape}")
    excess = np.abs(right - scores) - 2 * scores * (1 - scores)
    return mean_interval(excess, confidence) if clusters is None else clustered_interval(excess, clusters, confidence)


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if len(values) else math.nan
