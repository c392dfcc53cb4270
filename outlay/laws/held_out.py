"""Tries a prediction on budgets that it has not seen, and says how far that lets it be believed."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from outlay.core.errors import InvalidInputError
from outlay.laws.curve import FloatArray, IntArray, ScalingCurve
from outlay.statistics import Interval

FACTORS = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""How many times the pilot's budget is looked ahead."""
TOLERANCE = 0.02
"""An error in accuracy that is let pass whatever the noise."""
DEVIATIONS = 3.0
"""Standard errors from which on the difference between prediction and measurement speaks against the law."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A law fitted up to one budget and asked for a larger one.

    Attributes:
        upto: the largest budget that the fit saw.
        budget: what was asked for.
        predicted: with its interval.
        measured: the accuracy there.
        error: standard error of the difference between the two, from resampled problems.
    """

    upto: float
    budget: float
    predicted: Interval
    measured: float
    error: float

    @property
    def factor(self) -> float:
        """How far ahead it looked."""
        return self.budget / self.upto

    @property
    def holds(self) -> bool:
        """Whether what was measured is what was predicted, but for noise or a little."""
        return abs(self.measured - self.predicted.estimate) <= max(TOLERANCE, DEVIATIONS * self.error)


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """What was predicted for some budgets (k,).

    Attributes:
        intervals: one for each budget.
        drawn: (resamples, k) predictions from resampled problems.
    """

    intervals: Sequence[Interval]
    drawn: FloatArray


Predict = Callable[[ScalingCurve, Sequence[IntArray], FloatArray], Predicted]
"""From a curve, resampled problems and budgets (k,)."""


def held_out(predict: Predict, least: int, curve: ScalingCurve, samples: Sequence[IntArray]) -> list[HeldOut]:
    """Every budget of a curve predicted from every shorter one.

    Args:
        predict: what is tried.
        least: budgets that it needs.
        curve: what was measured.
        samples: problems, resampled.
    """
    means = np.array([curve.of(rows).mean for rows in samples])
    found = []
    for position in range(least - 1, len(curve.budgets) - 1):
        upto, later = float(curve.budgets[position]), curve.budgets[position + 1 :]
        told = predict(curve.upto(upto), samples, later)
        errors = np.std(told.drawn - means[:, position + 1 :], axis=0)
        measured = curve.mean[position + 1 :]
        found += [
            HeldOut(upto, float(budget), interval, float(accuracy), float(error))
            for budget, interval, accuracy, error in zip(later, told.intervals, measured, errors, strict=True)
        ]
    return found


def fits(gap: FloatArray, curve: ScalingCurve) -> bool:
    """Whether measured less fitted accuracy (m,) is noise, or little."""
    return bool((np.abs(gap) <= np.maximum(TOLERANCE, DEVIATIONS * curve.error)).all())


def supported(tried: Sequence[HeldOut]) -> float:
    """The largest factor that was tried, all smaller ones having held as well; 1 if none did."""
    found = 1.0
    for factor in FACTORS:
        of_factor = [one for one in tried if math.isclose(one.factor, factor, rel_tol=0.3)]
        if not of_factor or not all(one.holds for one in of_factor):
            break
        found = factor
    return found


def require_within(law: str, budget: float, reach: float) -> None:
    """Refuse a budget beyond what held-out budgets support.

    Raises:
        InvalidInputError: if it is beyond.
    """
    if budget > reach * (1 + 1e-9):
        raise InvalidInputError(
            f"{law}: a budget of {budget:g} is out of reach; held-out budgets support it up to {reach:g}"
        )
