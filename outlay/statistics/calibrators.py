"""Monotone maps from a score to the probability that it means: isotonic, Platt's and temperature.

Each is fitted to scores (n,) in [0, 1] and labels (n,), and then applied to any scores in [0, 1]. None of them ever
gives 0 or 1, so the log loss of a new answer is finite; none of them puts a lower score above a higher one, though
unequal scores may become equal. Isotonic regression bends to any monotone shape and wants hundreds of answers; Platt's
map has two parameters, temperature one.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from scipy.special import expit, logit

from outlay.statistics.calibration import check_scores

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
LEAST = 1e-6
"""Scores nearer to 0 or 1 than this are taken to be so far off where their log-odds are needed, and so are results."""


@dataclass(frozen=True, slots=True, eq=False)
class IsotonicCalibrator:
    """The non-decreasing map that fits best, straight between the scores that it was fitted to.

    Attributes:
        scores: (knots,) in rising order.
        probabilities: (knots,), never falling.
    """

    scores: FloatArray
    probabilities: FloatArray

    @classmethod
    def fit(cls, scores: FloatArray, right: BoolArray) -> Self:
        """Fit by pooling neighbours that are out of order.

        One made-up answer below all others and one above, each half right, keep the ends off 0 and 1.

        Raises:
            ValueError: if the shapes differ, there are none or a score is outside 0 to 1.
        """
        check_scores(scores, right)
        knots, index = np.unique(scores, return_inverse=True)
        count = np.bincount(index)
        rates = np.concatenate([[0.5], np.bincount(index, right) / count, [0.5]])
        pooled = optimize.isotonic_regression(rates, weights=np.concatenate([[1.0], count, [1.0]])).x
        return cls(knots, pooled[1:-1])

    def __call__(self, scores: FloatArray) -> FloatArray:
        """The probability of each score; those beyond the ends have that of the end."""
        return np.asarray(np.interp(scores, self.scores, self.probabilities), np.float64)


@dataclass(frozen=True, slots=True)
class PlattCalibrator:
    """Log-odds turned by a straight line: expit(slope logit(score) + intercept).

    Attributes:
        slope: 0 or above.
        intercept: the log-odds of a score of one half.
    """

    slope: float
    intercept: float

    @classmethod
    def fit(cls, scores: FloatArray, right: BoolArray) -> Self:
        """The likeliest line, with Platt's (1999) softened labels in place of 0 and 1 and a slope that is not negative.

        Raises:
            ValueError: if the shapes differ, there are none or a score is outside 0 to 1.
        """
        check_scores(scores, right)
        odds, good = _log_odds(scores), int(right.sum())
        targets = np.where(right, (good + 1) / (good + 2), 1 / (len(right) - good + 2))

        def loss(line: FloatArray) -> tuple[float, FloatArray]:
            found = line[0] * odds + line[1]
            excess = expit(found) - targets
            slopes = np.array([np.mean(excess * odds), np.mean(excess)])
            return float(np.mean(np.logaddexp(0, found) - targets * found)), slopes

        bounds = [(0, None), (None, None)]
        best = optimize.minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=bounds)
        return cls(float(best.x[0]), float(best.x[1]))

    def __call__(self, scores: FloatArray) -> FloatArray:
        """The probability of each score."""
        return _probability(self.slope * _log_odds(scores) + self.intercept)


@dataclass(frozen=True, slots=True)
class TemperatureCalibrator:
    """Log-odds divided by one number (Guo et al. 2017): a score of one half stays.

    Attributes:
        temperature: above 1 for a verifier that is too sure; from 1 / 50 to 50.
    """

    temperature: float

    @classmethod
    def fit(cls, scores: FloatArray, right: BoolArray) -> Self:
        """The likeliest temperature.

        Raises:
            ValueError: if the shapes differ, there are none or a score is outside 0 to 1.
        """
        check_scores(scores, right)
        signed = np.where(right, 1.0, -1.0) * _log_odds(scores)

        def loss(log_temperature: float) -> float:
            return float(np.mean(np.logaddexp(0, -signed * np.exp(-log_temperature))))

        best = optimize.minimize_scalar(loss, bounds=(-np.log(50), np.log(50)), method="bounded")
        return cls(float(np.exp(best.x)))

    def __call__(self, scores: FloatArray) -> FloatArray:
        """The probability of each score."""
        return _probability(_log_odds(scores) / self.temperature)


def _log_odds(scores: FloatArray) -> FloatArray:
    odds: FloatArray = logit(np.clip(scores, LEAST, 1 - LEAST))
    return odds


def _probability(odds: FloatArray) -> FloatArray:
    return np.asarray(np.clip(expit(odds), LEAST, 1 - LEAST), np.float64)
