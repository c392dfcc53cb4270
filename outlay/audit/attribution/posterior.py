"""What rollouts say of where success was lost: the posterior of its fall at each step.

Each prefix of a failed answer has an unknown probability to come out right. Rollouts from it are independent trials, so
with a Beta prior its posterior is a Beta distribution, whatever decided how many there are. Only the whole answer's
probability is known: it failed. The fall at a step is the difference of the probabilities before and after it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from outlay.statistics.error_rates import JEFFREYS, BetaPrior
from outlay.statistics.intervals import Interval

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
DRAWS = 4000
"""Draws from the posterior; a probability found by them is off by at most 0.016 in 19 cases of 20."""


@dataclass(frozen=True, slots=True)
class FallPosterior:
    """Where success was lost, by step; intervals are credible ones, around means.

    Attributes:
        rates: (steps + 1), the probability of success before the first step and after each.
        falls: (steps), by how much it falls at each step; below 0 where it rises.
        probabilities: (steps), that a step is decisive: that its fall is the largest, and no mere trifle.
        none: the probability that no step is, because none loses much.
    """

    rates: tuple[Interval, ...]
    falls: tuple[Interval, ...]
    probabilities: tuple[float, ...]
    none: float


def fall_posterior(
    right: IntArray,
    tried: IntArray,
    rng: np.random.Generator,
    least: float = 0.1,
    prior: BetaPrior = JEFFREYS,
    confidence: float = 0.95,
    draws: int = DRAWS,
) -> FallPosterior:
    """The posterior of the falls; that of each rate is exact, what joins several is found by draws.

    Args:
        right: (steps,) rollouts that came out right, by how many steps they kept, from none to all but the last.
        tried: (steps,) rollouts.
        rng: source of the draws.
        least: a smaller fall decides nothing.
        prior: what is believed of each rate before any rollout.
        confidence: of the intervals.
        draws: how many.

    Raises:
        ValueError: if the counts do not fit or a setting is out of range.
    """
    if right.ndim != 1 or right.shape != tried.shape or not len(right) or not ((right >= 0) & (right <= tried)).all():
        raise ValueError(f"needs 0 <= right <= tried, (steps,) each; got {right.tolist()} of {tried.tolist()}")
    if not 0 < confidence < 1 or not 0 <= least < 1 or min(prior) <= 0 or draws < 1:
        raise ValueError(f"settings out of range: {confidence=}, {least=}, {prior=}, {draws=}")
    alpha, beta = prior.successes + right, prior.errors + tried - right
    means = np.append(alpha / (alpha + beta), 0.0)
    tails = np.array([(1 - confidence) / 2, (1 + confidence) / 2])
    bounds = np.column_stack([betaincinv(alpha, beta, tail) for tail in tails])  # (steps, 2)
    drawn = np.column_stack([rng.beta(alpha, beta, size=(draws, len(right))), np.zeros(draws)])
    falls = drawn[:, :-1] - drawn[:, 1:]  # (draws, steps)
    decides = falls.max(axis=1) >= least
    chosen = np.bincount(falls.argmax(axis=1)[decides], minlength=len(right)) / draws
    return FallPosterior(
        (*_intervals(means[:-1], bounds), Interval(0.0, 0.0, 0.0)),
        _intervals(means[:-1] - means[1:], np.quantile(falls, tails, axis=0).T),
        tuple(chosen.tolist()),
        float(1 - decides.mean()),
    )


def _intervals(estimates: FloatArray, bounds: FloatArray) -> tuple[Interval, ...]:
    return tuple(Interval(*map(float, (mean, *ends))) for mean, ends in zip(estimates, bounds, strict=True))
