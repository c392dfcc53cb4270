"""Whether a score of 0.8 is right eight times in ten: calibration curve, calibration error, Brier score, log loss."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from outlay.statistics.intervals import Interval, clustered_interval, mean_interval, wilson_interval

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]
Binning = Literal["width", "mass"]
"""Bins of equal width, or with equally many scores, equal scores never apart."""


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationCurve:
    """What scores say and what is true, bin by bin, from low to high scores; empty bins are left out.

    Attributes:
        score: (bins,), the mean score.
        rate: (bins,), the share that is right.
        low: (bins,), lower end of Wilson's interval of the rate.
        high: (bins,), its upper end.
        count: (bins,), how many answers.
    """

    score: FloatArray
    rate: FloatArray
    low: FloatArray
    high: FloatArray
    count: IntArray


def calibration_curve(
    scores: FloatArray, right: BoolArray, bins: int = 10, binning: Binning = "width", confidence: float = 0.95
) -> CalibrationCurve:
    """Scores (n,) in [0, 1] against labels (n,), in at most ``bins`` bins.

    Raises:
        ValueError: if the shapes differ, there are none, a score is outside 0 to 1 or a setting out of range.
    """
    check_scores(scores, right)
    index = _bin_index(scores, bins, binning)
    count = np.bincount(index)
    correct = np.bincount(index, right).astype(np.int64)
    intervals = [wilson_interval(int(k), int(n), confidence) for k, n in zip(correct, count, strict=True)]
    rate, low, high = (np.array(column) for column in zip(*intervals, strict=True))
    return CalibrationCurve(np.bincount(index, scores) / count, rate, low, high, count)


def expected_calibration_error(
    scores: FloatArray,
    right: BoolArray,
    rng: np.random.Generator,
    bins: int = 10,
    binning: Binning = "mass",
    confidence: float = 0.95,
    resamples: int = 500,
) -> Interval:
    """Mean absolute difference of score and rate over bins, weighted by their counts, with much of the noise taken off.

    The plain figure is too high: a bin of k answers is off by noise alone. What normal noise of the bin's own variance
    adds to the absolute difference found (a folded normal) is taken off (after Kumar, Liang and Ma 2019, section 5).
    That leaves about half of the bias where scores are calibrated, and hardly any where they are far from it. The
    interval reaches as far on both sides of the plain figure as the quantile of the weighted sum of absolute noise over
    bins, so it is conservative. What is estimated is the error of the binned scores, never above that of the scores
    themselves. Answers are taken as independent.

    Args:
        scores: (n,) in [0, 1].
        right: (n,) labels.
        rng: source of the noise.
        bins: at most this many.
        binning: of equal width or mass.
        confidence: of the interval.
        resamples: draws of the noise.

    Raises:
        ValueError: as ``calibration_curve``, or if ``resamples`` is below 1.
    """
    if resamples < 1:
        raise ValueError(f"resamples must be 1 or above; got {resamples}")
    curve = calibration_curve(scores, right, bins, binning, confidence)
    weight = curve.count / curve.count.sum()
    gap = np.abs(curve.rate - curve.score)
    # Rates are pulled towards one half, so that a bin of right answers only is not taken to be without noise.
    smooth = (curve.rate * curve.count + 1) / (curve.count + 2)
    noise = np.sqrt(smooth * (1 - smooth) / curve.count)
    plain = float(weight @ gap)
    estimate = max(0.0, 2 * plain - float(weight @ _folded_mean(gap, noise)))
    reach = float(np.quantile(np.abs(rng.normal(size=(resamples, len(gap)))) @ (weight * noise), confidence))
    return Interval(estimate, max(0.0, min(estimate, plain - reach)), min(1.0, plain + reach))


def brier_score(
    scores: FloatArray, right: BoolArray, problems: IntArray | None = None, confidence: float = 0.95
) -> Interval:
    """Mean squared difference of score (n,) and label (n,); ``problems`` (n,) name the clusters, where there are any.

    Raises:
        ValueError: if the shapes differ, there are none, a score is outside 0 to 1 or ``confidence`` out of range.
    """
    check_scores(scores, right)
    return _mean((scores - right) ** 2, problems, confidence)


def log_loss(
    scores: FloatArray, right: BoolArray, problems: IntArray | None = None, confidence: float = 0.95
) -> Interval:
    """Mean of minus the logarithm of what the score gave to the label, in nats; as ``brier_score``.

    Raises:
        ValueError: as ``brier_score``, and for a score of 0 or 1 on the wrong side, whose loss is infinite.
    """
    check_scores(scores, right)
    with np.errstate(divide="ignore"):
        return _mean(-np.log(np.where(right, scores, 1 - scores)), problems, confidence)


def check_scores(scores: FloatArray, right: BoolArray) -> None:
    """Refuse what are not scores in [0, 1] (n,) with labels (n,).

    Raises:
        ValueError: saying what was due.
    """
    if scores.ndim != 1 or scores.shape != right.shape or not len(scores):
        raise ValueError(f"needs scores (n,) and labels (n,) with n above 0; got {scores.shape} and {right.shape}")
    if not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError("needs scores between 0 and 1")


def _bin_index(scores: FloatArray, bins: int, binning: Binning) -> IntArray:
    """(n,): the bin of each score, numbered without gaps."""
    if bins < 1 or binning not in {"width", "mass"}:
        raise ValueError(f"needs 1 bin or more, of equal width or mass; got {bins} and {binning!r}")
    share = scores if binning == "width" else (stats.rankdata(scores, "min") - 1) / len(scores)
    _, index = np.unique(np.minimum((share * bins).astype(np.int64), bins - 1), return_inverse=True)
    return np.asarray(index, np.int64)


def _folded_mean(centre: FloatArray, error: FloatArray) -> FloatArray:
    """The mean of |x| for x normal around ``centre``."""
    ratio = centre / error
    mean: FloatArray = 2 * error * stats.norm.pdf(ratio) + centre * (1 - 2 * stats.norm.cdf(-ratio))
    return mean


def _mean(values: FloatArray, problems: IntArray | None, confidence: float) -> Interval:
    return mean_interval(values, confidence) if problems is None else clustered_interval(values, problems, confidence)
