"""What a verifier adds as the budget grows, and why: verifier-based against verifier-free (paper 149).

The gap is expected to widen with the budget where a model's solutions of one problem differ in worth (heterogeneity)
and some are much better than the mean (anti-concentration). Both are measured from samples with rewards.
"""

from dataclasses import dataclass

import numpy as np

from outlay.core.errors import InvalidInputError
from outlay.laws.curve import FloatArray, ScalingCurve
from outlay.statistics import Interval


@dataclass(frozen=True, slots=True)
class Gap:
    """Accuracy with a verifier less accuracy without.

    Attributes:
        budgets: (m,).
        gaps: one for each budget, with 95% intervals, paired by problem.
        growth: by how much the gap grows when the budget doubles.
    """

    budgets: FloatArray
    gaps: tuple[Interval, ...]
    growth: Interval

    @property
    def widens(self) -> bool:
        """Whether the gap grows for certain."""
        return self.growth.low > 0


def gap(with_verifier: ScalingCurve, without: ScalingCurve, rng: np.random.Generator, resamples: int = 2000) -> Gap:
    """The gap between two curves of the same problems and budgets.

    Raises:
        InvalidInputError: if problems or budgets differ, or there are fewer than two budgets.
    """
    if with_verifier.values.shape != without.values.shape or not np.array_equal(with_verifier.budgets, without.budgets):
        raise InvalidInputError("gap: both curves must be of the same problems and budgets")
    if len(without.budgets) < 2:
        raise InvalidInputError("gap: needs at least two budgets")
    differences = with_verifier.values - without.values
    rows = rng.integers(0, len(differences), (resamples, len(differences)))
    drawn = differences[rows].mean(axis=1)
    doublings = np.log2(without.budgets)
    centred = doublings - doublings.mean()
    slope = centred / (centred @ centred)
    mean = differences.mean(axis=0)
    return Gap(
        without.budgets,
        tuple(_interval(float(mean[i]), drawn[:, i]) for i in range(len(mean))),
        _interval(float(mean @ slope), drawn @ slope),
    )


@dataclass(frozen=True, slots=True)
class RewardSpread:
    """How a model's solutions differ in worth, as means over problems.

    Attributes:
        heterogeneity: standard deviation of the reward among one problem's samples.
        anti_concentration: share of a problem's samples that are better than its mean by a standard deviation or more;
            of those problems whose samples differ.
        sharp: share of problems whose samples all have the same reward.
    """

    heterogeneity: float
    anti_concentration: float
    sharp: float


def reward_spread(rewards: FloatArray) -> RewardSpread:
    """From (problems, n) rewards in [0, 1]."""
    mean, spread = rewards.mean(axis=1, keepdims=True), rewards.std(axis=1, keepdims=True)
    differ = spread[:, 0] > 1e-12
    better = (rewards >= mean + spread - 1e-12).mean(axis=1)
    return RewardSpread(
        float(spread.mean()), float(better[differ].mean()) if differ.any() else 0.0, float(1 - differ.mean())
    )


def _interval(estimate: float, drawn: FloatArray) -> Interval:
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Interval(estimate, float(low), float(high))
