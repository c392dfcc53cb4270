"""Laws with a closed form, fitted to a curve by weighted least squares.

Each says how accuracy depends on the budget x. Weights are the inverse squared standard errors of the means.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from outlay.laws.curve import FloatArray, ScalingCurve
from outlay.laws.law import Form, LawInfo

Shape = Callable[[FloatArray, FloatArray], FloatArray]
"""From parameters (q,) and budgets (k,) to accuracies (k,)."""


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """A closed form with its parameters.

    Attributes:
        names: of the parameters.
        values: of the parameters (q,).
        shape: the formula.
    """

    names: Sequence[str]
    values: FloatArray
    shape: Shape

    @property
    def parameters(self) -> Mapping[str, float]:
        """By name."""
        return dict(zip(self.names, map(float, self.values), strict=True))

    def at(self, budgets: FloatArray) -> FloatArray:
        """(k,) -> (k,)."""
        return np.clip(self.shape(self.values, np.asarray(budgets, np.float64)), 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class ClosedFormLaw:
    """A law with a closed form.

    Attributes:
        info: what it is.
        names: of the parameters.
        shape: the formula.
        starts: where the search for the best parameters begins, each (q,).
        low: least values of the parameters.
        high: largest ones.
    """

    info: LawInfo
    names: Sequence[str]
    shape: Shape
    starts: Sequence[Sequence[float]]
    low: Sequence[float]
    high: Sequence[float]

    def fit(self, curve: ScalingCurve, near: Form | None = None) -> ClosedForm:
        """The parameters with the least weighted squared error, from the best of several starts or from one."""
        mean, error = curve.mean, curve.error

        def misses(values: FloatArray) -> FloatArray:
            return np.asarray((self.shape(values, curve.budgets) - mean) / error, np.float64)

        starts = [list(near.parameters.values())] if near else self.starts
        tried = [
            least_squares(misses, np.clip(start, self.low, self.high), bounds=(self.low, self.high)) for start in starts
        ]
        best = min(tried, key=lambda one: float(one.cost))
        return ClosedForm(self.names, np.asarray(best.x, np.float64), self.shape)


def _power(values: FloatArray, x: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-np.exp(values[0]) * x ** -values[1]), np.float64)


def _saturation(values: FloatArray, x: FloatArray) -> FloatArray:
    return np.asarray(values[0] * -np.expm1(x * np.log1p(-values[1])), np.float64)


def _log_linear(values: FloatArray, x: FloatArray) -> FloatArray:
    return np.asarray(values[0] + values[1] * np.log(x), np.float64)


def _shifted_power(values: FloatArray, x: FloatArray) -> FloatArray:
    return np.asarray(values[0] - values[1] * x ** -values[2], np.float64)


POWER = ClosedFormLaw(
    LawInfo(
        "power", "accuracy is exp(-exp(a) x^-b): its logarithm falls as a power of the budget",
        "Large Language Monkeys, section 3.1 (exponentiated power law)", 3,
    ),
    ("a", "b"), _power, [(0.0, 0.3), (1.0, 0.8), (-1.0, 0.1)], (-12.0, 0.0), (8.0, 4.0),
)  # fmt: skip
"""Law 4: right from few samples to very many where problems differ widely in how hard they are."""
SATURATION = ClosedFormLaw(
    LawInfo(
        "saturation", "accuracy is F (1 - (1 - p)^x): every unit of budget succeeds alike, up to a ceiling F",
        "Scaling over Scaling (TTSPM), parallel and sequential bounds", 3,
    ),
    ("ceiling", "rate"), _saturation, [(0.9, 0.3), (0.5, 0.05), (0.99, 0.01)], (0.0, 1e-9), (1.0, 1 - 1e-9),
)  # fmt: skip
"""Law 131; ``saturation_point`` says from which budget on another unit buys less than is asked for."""
LOG_LINEAR = ClosedFormLaw(
    LawInfo("log_linear", "accuracy is a + b log x", "the straight line that most published plots are read by", 2),
    ("a", "b"), _log_linear, [(0.3, 0.05)], (-1.0, -1.0), (1.0, 1.0),
)  # fmt: skip
SHIFTED_POWER = ClosedFormLaw(
    LawInfo(
        "shifted_power", "accuracy is c - a x^-b: a power law towards a ceiling c, from above or below",
        "pow3 of the curve families of Domhan et al. 2015", 4,
    ),
    ("c", "a", "b"), _shifted_power, [(0.8, 0.5, 0.5), (0.5, 0.2, 1.0), (0.6, -0.1, 0.5)],
    (0.0, -1.0, 0.01), (1.0, 1.0, 4.0),
)  # fmt: skip


def saturation_point(form: ClosedForm, gain: float) -> float:
    """The budget from which on one more unit buys less than ``gain`` of accuracy (TTSPM, saturation point).

    Args:
        form: of the law ``saturation``.
        gain: in accuracy for a unit of budget, above 0.

    Raises:
        ValueError: if ``gain`` is not above 0.
    """
    if gain <= 0:
        raise ValueError(f"gain must be above 0; got {gain}")
    ceiling, rate = form.values
    first = ceiling * rate
    return 0.0 if gain >= first else float(np.log(gain / first) / np.log1p(-rate))
