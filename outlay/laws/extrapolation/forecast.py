"""``fitted_network``: the extrapolating network beside the laws with parameters, tried on held-out budgets too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from outlay.laws.curve import FloatArray, IntArray, ScalingCurve
from outlay.laws.extrapolation.network import FEWEST_BUDGETS, CurveNetwork, Posterior
from outlay.laws.held_out import HeldOut, Predicted, fits, held_out, require_within, supported
from outlay.laws.law import LawInfo
from outlay.statistics import Interval

RESAMPLES = 50
"""Of the problems, at most, behind the errors of held-out predictions; the network's intervals need none."""
INFO = LawInfo(
    "fitted_network",
    "a network fitted to many synthetic curves gives the distribution of accuracy in one pass",
    "Transformers Can Do Bayesian Inference; Efficient Bayesian Learning Curve Extrapolation (LC-PFN)",
    FEWEST_BUDGETS,
)


@dataclass(frozen=True, slots=True, eq=False)
class NetworkForecast:
    """What the network says of a curve.

    Attributes:
        network: that says it.
        curve: what was measured.
        deviation: root mean square of measured less expected accuracy.
        worst: the largest such difference, in standard errors of the measurement.
        held_out: the network on budgets that it was not shown.
        reach: the largest budget for which it makes a prediction.
        parameters: none.
        law: its name.
    """

    network: CurveNetwork
    curve: ScalingCurve
    deviation: float
    worst: float
    held_out: Sequence[HeldOut]
    reach: float
    parameters: Mapping[str, Interval] = field(default_factory=dict)
    law: str = INFO.name

    def predict(self, budget: float) -> Interval:
        """Expected accuracy at a budget, with a 95% interval for the mean over problems like these.

        Raises:
            InvalidInputError: if the budget is out of reach.
        """
        return self.posterior(budget).interval()

    def posterior(self, budget: float) -> Posterior:
        """The whole distribution.

        Raises:
            InvalidInputError: if the budget is out of reach.
        """
        require_within(self.law, budget, self.reach)
        return self.network.posteriors(self.curve, np.array([budget]))[0]


def network_forecast(
    network: CurveNetwork, curve: ScalingCurve, rng: np.random.Generator, resamples: int = RESAMPLES
) -> NetworkForecast:
    """Show a curve to the network, and shorter ones to see how far it may be believed on this one.

    Raises:
        InvalidInputError: if the curve is not of the kind that the network knows.
    """
    count = len(curve.values)
    samples = [rng.integers(0, count, count) for _ in range(min(resamples, RESAMPLES))]

    def predict(pilot: ScalingCurve, samples: Sequence[IntArray], budgets: FloatArray) -> Predicted:
        told = [one.interval() for one in network.posteriors(pilot, budgets)]
        drawn = [[one.mean for one in network.posteriors(pilot.of(rows), budgets)] for rows in samples]
        return Predicted(told, np.array(drawn))

    gap = curve.mean - np.array([one.mean for one in network.posteriors(curve, curve.budgets)])
    tried = held_out(predict, INFO.least_budgets, curve, samples)
    return NetworkForecast(
        network,
        curve,
        float(np.sqrt(np.mean(gap**2))),
        float(np.max(np.abs(gap) / curve.error)),
        tried,
        float(curve.budgets[-1]) * (supported(tried) if fits(gap, curve) else 1.0),
    )
