"""Fits a law with its uncertainty, tries it on budgets that it has not seen, and says how far it may be believed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from outlay.core.errors import InvalidInputError
from outlay.laws.curve import FloatArray, IntArray, ScalingCurve
from outlay.laws.held_out import HeldOut, Predicted, fits, held_out, require_within, supported
from outlay.laws.law import Form, Law
from outlay.statistics import Interval


class Forecast(Protocol):
    """What a curve says of other budgets, and how far it may be believed."""

    @property
    def law(self) -> str:
        """By what."""
        ...

    @property
    def parameters(self) -> Mapping[str, Interval]:
        """By name, with 95% intervals; none where there is no formula."""
        ...

    @property
    def deviation(self) -> float:
        """Root mean square of measured less fitted accuracy."""
        ...

    @property
    def worst(self) -> float:
        """The largest such difference, in standard errors of the measurement."""
        ...

    @property
    def held_out(self) -> Sequence[HeldOut]:
        """Trials on budgets that it had not seen."""
        ...

    @property
    def reach(self) -> float:
        """The largest budget for which there is a prediction."""
        ...

    def predict(self, budget: float) -> Interval:
        """Accuracy at a budget, with a 95% interval for the mean over problems like these.

        Raises:
            InvalidInputError: if the budget is out of reach.
        """
        ...


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
        require_within(self.law, budget, self.reach)
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

    def predict(pilot: ScalingCurve, samples: Sequence[IntArray], budgets: FloatArray) -> Predicted:
        form, forms = _fitted(law, pilot, samples)
        return Predicted(
            [_interval(form, forms, float(one)) for one in budgets], np.array([f.at(budgets) for f in forms])
        )

    tried = held_out(predict, law.info.least_budgets, curve, samples[: max(20, resamples // 4)])
    drawn = {name: [one.parameters[name] for one in forms] for name in form.parameters}
    return Fit(
        law.info.name,
        form,
        {name: Interval(value, *_quantiles(np.array(drawn[name]))) for name, value in form.parameters.items()},
        forms,
        float(np.sqrt(np.mean(gap**2))),
        float(np.max(np.abs(gap) / curve.error)),
        tried,
        float(curve.budgets[-1]) * (supported(tried) if fits(gap, curve) else 1.0),
    )


def _fitted(law: Law, curve: ScalingCurve, samples: Sequence[IntArray]) -> tuple[Form, list[Form]]:
    form = law.fit(curve)
    return form, [law.fit(curve.of(rows), form) for rows in samples]


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
