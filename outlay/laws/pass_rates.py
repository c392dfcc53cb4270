"""``pass_rates``: coverage from how pass rates are spread over problems, as a Beta distribution (paper 4).

A problem whose samples are right with probability p is covered by k of them with probability 1 - (1 - p)^k. With p
drawn from Beta(a, b) the mean over problems is 1 - B(a, b + k) / B(a, b). How many of n samples are right is then
beta-binomial, so a and b follow from the counts by maximum likelihood. With ``never``, a share of problems is never
answered right.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, expit, gammaln, logit

from outlay.core.errors import InvalidInputError
from outlay.laws.curve import FloatArray, IntArray, ScalingCurve
from outlay.laws.law import Form, LawInfo


@dataclass(frozen=True, slots=True)
class PassRates:
    """Pass rates spread as Beta(a, b), but for a share of problems that are never answered right."""

    a: float
    b: float
    never: float = 0.0

    @property
    def parameters(self) -> Mapping[str, float]:
        """By name."""
        return {"a": self.a, "b": self.b, "never": self.never}

    def at(self, budgets: FloatArray) -> FloatArray:
        """(k,) -> (k,) coverage."""
        covered = -np.expm1(betaln(self.a, self.b + np.asarray(budgets, np.float64)) - betaln(self.a, self.b))
        return np.asarray((1 - self.never) * covered, np.float64)


@dataclass(frozen=True, slots=True)
class PassRateLaw:
    """Beta-binomial counts, fitted by maximum likelihood.

    Attributes:
        never: whether some problems may be out of reach for good.
    """

    never: bool = False

    @property
    def info(self) -> LawInfo:
        """What the law is."""
        return LawInfo(
            "solvable_pass_rates" if self.never else "pass_rates",
            "pass rates of problems are Beta distributed" + (", but for those that are never solved" * self.never),
            "Large Language Monkeys, sections 3 and 4; beta-binomial of the counts",
            3,
            samples_only=True,
        )

    def fit(self, curve: ScalingCurve, near: Form | None = None) -> PassRates:
        """The most likely a, b and share."""
        if curve.right is None:
            raise InvalidInputError(f"{self.info.name} needs to know which samples are right")
        tries = curve.right.shape[1]
        found, times = np.unique(curve.right.sum(axis=1), return_counts=True)

        def loss(values: FloatArray) -> float:
            return -_likelihood(_form(values, self.never), found, times, tries)

        mean = float(np.clip(curve.right.mean(), 0.02, 0.98))
        starts = [[float(logit(mean)), np.log(size), *([-2.0] if self.never else [])] for size in (0.7, 4.0)]
        if near:
            a, b, never = near.parameters.values()
            starts = [[float(logit(a / (a + b))), np.log(a + b), *([_logit(never)] if self.never else [])]]
        tried = [minimize(loss, start, method="L-BFGS-B", bounds=[(-12, 12)] * len(start)) for start in starts]
        return _form(np.asarray(min(tried, key=lambda one: float(one.fun)).x, np.float64), self.never)


def _form(values: FloatArray, never: bool) -> PassRates:
    """From the mean's logit, the logarithm of a + b and the logit of the share; kept where they can be computed."""
    mean = float(np.clip(expit(values[0]), 1e-6, 1 - 1e-6))
    size = float(np.exp(np.clip(values[1], -7.0, 9.0)))
    return PassRates(mean * size, (1 - mean) * size, float(expit(values[2])) if never else 0.0)


def _logit(share: float) -> float:
    return float(logit(np.clip(share, 1e-4, 1 - 1e-4)))


def _likelihood(form: PassRates, found: IntArray, times: IntArray, tries: int) -> float:
    ways = gammaln(tries + 1) - gammaln(found + 1) - gammaln(tries - found + 1)
    log_mass = ways + betaln(form.a + found, form.b + tries - found) - betaln(form.a, form.b)
    mass = (1 - form.never) * np.exp(log_mass) + form.never * (found == 0)
    return float(times @ np.log(np.maximum(mass, 1e-300)))
