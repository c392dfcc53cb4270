"""Fits a law with its uncertainty, tries it on budgets that it has not seen, and says how far it may be believed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from outlay.core.errors import InvalidInputError
from outlay.laws.curve import FloatArray, IntArray, ScalingCurve
from outlay.laws.law import Form, Law
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


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted law.

    Attributes:
        law: its name.
        form: with the parameters that explain the whole curve best.
        parameters: with 95% intervals from resampled problems.
        forms: of the resamples.
        deviation: root mean square of measured less fitted accuracy.
        worst: the largest such difference, in standard errors of the measurement.
        held_out: the law on budgets that it had not seen.
        reach: the largest budget for which it makes a prediction.
    """

    law: str
    form: Form
    parameters: Mapping[str, Interval]
    forms: Sequence[Form]
    deviation: float
    worst: float
    held_out: Sequence[HeldOut]
    reach: float

    def predict(self, budget: float) -> Interval:
        """Accuracy at a budget, with a 95% interval for the mean over problems like these.

        Raises:
            InvalidInputError: if the budget is beyond what the curve lets the law say.
        """
        if budget > self.reach * (1 + 1e-9):
            raise InvalidInputError(
                f"{self.law}: a budget of {budget:g} is out of reach; held-out budgets support it up to {self.reach:g}"
            )
        return _interval(self.form, self.forms, budget)


def fit_law(law: Law, curve: ScalingCurve, rng: np.random.Generator, resamples: int = 200) -> Fit:
    """Fit a law to a curve and try it on held-out budgets.

    It reaches as many times further than the curve as it did on every held-out budget that many times, or fewer times,
    beyond what it was fitted to; no further than the curve if it does not even fit that.

    Args:
        law: what is fitted.
        curve: what was measured.
        rng: of the resampled problems.
        resamples: how many.

    Raises:
        InvalidInputError: if the curve has too few budgets, or is not of samples and the law needs one.
    """
    _require(law, curve)
    count = len(curve.values)
    samples = [rng.integers(0, count, count) for _ in range(resamples)]
    form, forms = _fitted(law, curve, samples)
    gap = curve.mean - form.at(curve.budgets)
    held_out = _held_out(law, curve, samples[: max(20, resamples // 4)])
    names = list(form.parameters)
    drawn = {name: [one.parameters[name] for one in forms] for name in names}
    return Fit(
        law.info.name,
        form,
        {name: Interval(form.parameters[name], *_quantiles(np.array(drawn[name]))) for name in names},
        forms,
        float(np.sqrt(np.mean(gap**2))),
        float(np.max(np.abs(gap) / curve.error)),
        held_out,
        float(curve.budgets[-1]) * (_supported(held_out) if _fits(gap, curve) else 1.0),
    )


def _fitted(law: Law, curve: ScalingCurve, samples: Sequence[IntArray]) -> tuple[Form, list[Form]]:
    form = law.fit(curve)
    return form, [law.fit(curve.of(rows), form) for rows in samples]


def _held_out(law: Law, curve: ScalingCurve, samples: Sequence[IntArray]) -> list[HeldOut]:
    means = np.array([curve.of(rows).mean for rows in samples])
    found = []
    for position in range(law.info.least_budgets - 1, len(curve.budgets) - 1):
        upto = float(curve.budgets[position])
        form, forms = _fitted(law, curve.upto(upto), samples)
        for later in range(position + 1, len(curve.budgets)):
            budget = float(curve.budgets[later])
            misses = [one.at(curve.budgets[later : later + 1])[0] for one in forms] - means[:, later]
            predicted = _interval(form, forms, budget)
            found.append(HeldOut(upto, budget, predicted, float(curve.mean[later]), float(np.std(misses))))
    return found


def _fits(gap: FloatArray, curve: ScalingCurve) -> bool:
    return bool((np.abs(gap) <= np.maximum(TOLERANCE, DEVIATIONS * curve.error)).all())


def _supported(held_out: Sequence[HeldOut]) -> float:
    """The largest factor that was tried, all smaller ones having held as well; 1 if none did."""
    supported = 1.0
    for factor in FACTORS:
        tried = [one for one in held_out if math.isclose(one.factor, factor, rel_tol=0.3)]
        if not tried or not all(one.holds for one in tried):
            break
        supported = factor
    return supported


def _interval(form: Form, forms: Sequence[Form], budget: float) -> Interval:
    at = np.array([budget])
    estimate = float(form.at(at)[0])
    if not forms:
        return Interval(estimate, estimate, estimate)
    low, high = _quantiles(np.array([one.at(at)[0] for one in forms]))
    return Interval(estimate, min(low, estimate), max(high, estimate))


def _quantiles(values: FloatArray) -> tuple[float, float]:
    if not len(values):
        return math.nan, math.nan
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def _require(law: Law, curve: ScalingCurve) -> None:
    info = law.info
    if len(curve.budgets) < info.least_budgets:
        raise InvalidInputError(
            f"{info.name} needs a curve of {info.least_budgets} budgets or more; it has {len(curve.budgets)}"
        )
    if info.samples_only and curve.right is None:
        raise InvalidInputError(f"{info.name} is about the coverage of samples; this curve is not of that kind")
