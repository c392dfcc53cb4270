"""All laws by name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from outlay.core.errors import UnknownNameError
from outlay.laws.curve import ScalingCurve
from outlay.laws.extrapolation.forecast import INFO, network_forecast
from outlay.laws.extrapolation.network import CurveNetwork
from outlay.laws.fitting import Forecast, fit_law
from outlay.laws.forms import LOG_LINEAR, POWER, SATURATION, SHIFTED_POWER
from outlay.laws.law import Law, LawInfo
from outlay.laws.pass_rates import PassRateLaw


class Forecaster(Protocol):
    """Makes forecasts of curves."""

    @property
    def info(self) -> LawInfo:
        """What it is."""
        ...

    def forecast(self, curve: ScalingCurve, rng: np.random.Generator, resamples: int) -> Forecast:
        """What a curve says of other budgets.

        Raises:
            InvalidInputError: if it cannot say anything of such a curve.
        """
        ...


@dataclass(frozen=True, slots=True)
class Fitted:
    """A law with parameters, fitted to each curve."""

    law: Law

    @property
    def info(self) -> LawInfo:
        """What the law is."""
        return self.law.info

    def forecast(self, curve: ScalingCurve, rng: np.random.Generator, resamples: int) -> Forecast:
        """By the fit, with as many resamples of the problems."""
        return fit_law(self.law, curve, rng, resamples)


@dataclass(frozen=True, slots=True)
class FittedNetwork:
    """The network that ships, which was fitted once and for all."""

    @property
    def info(self) -> LawInfo:
        """What it is."""
        return INFO

    def forecast(self, curve: ScalingCurve, rng: np.random.Generator, resamples: int) -> Forecast:
        """By one pass through the network; resamples are needed for held-out budgets alone."""
        return network_forecast(CurveNetwork.load(), curve, rng, resamples)


PARAMETRIC: Sequence[Law] = (PassRateLaw(), PassRateLaw(never=True), POWER, SATURATION, SHIFTED_POWER, LOG_LINEAR)
_ALL: Sequence[Forecaster] = (*(Fitted(law) for law in PARAMETRIC), FittedNetwork())
LAWS: Mapping[str, Forecaster] = {one.info.name: one for one in _ALL}


def laws(names: Iterable[str] = ()) -> list[Forecaster]:
    """The named laws, each once, or all.

    Raises:
        UnknownNameError: with the nearest known name.
    """
    asked = list(dict.fromkeys(names)) or list(LAWS)
    for name in asked:
        if name not in LAWS:
            raise UnknownNameError("law", name, LAWS)
    return [LAWS[name] for name in asked]
