"""Where further rollouts tell most: at the prefixes on which the two likeliest steps differ."""

import numpy as np

from outlay.audit.attribution.posterior import FallPosterior, FloatArray, IntArray
from outlay.statistics.error_rates import JEFFREYS, BetaPrior


def evenly(count: int, prefixes: int) -> IntArray:
    """(prefixes,) as many rollouts from each prefix; what is left over goes to the first ones."""
    return count // prefixes + (np.arange(prefixes) < count % prefixes).astype(np.int64)


def where_unsure(
    count: int, right: IntArray, tried: IntArray, found: FallPosterior, prior: BetaPrior = JEFFREYS
) -> IntArray:
    """Rollouts that best tell apart the two likeliest explanations, of which one may be that no step is decisive.

    The two are told apart by the difference of their falls, a sum of rates with whole coefficients. Each rollout goes
    where it is expected to lower the posterior variance of that sum most. Source: the two candidates are those of
    top-two sampling (Russo 2016, Simple Bayesian Algorithms for Best-Arm Identification), taken without chance.

    Args:
        count: rollouts to place.
        right: (steps,) rollouts that came out right so far.
        tried: (steps,) rollouts so far.
        found: what they say.
        prior: of each rate.

    Returns:
        (steps,) further rollouts from each prefix.
    """
    first, second = np.argsort([-share for share in (*found.probabilities, found.none)], kind="stable")[:2]
    weight = (_fall(first, len(right)) - _fall(second, len(right))) ** 2
    size = prior.errors + prior.successes + tried
    rate = (prior.successes + right) / size
    more = np.zeros_like(tried)
    for _ in range(count):
        # A Beta distribution of size s has variance rate (1 - rate) / (s + 1), of which a trial takes 1 / (s + 1).
        gain = weight * rate * (1 - rate) / (size + more + 1) ** 2
        more[int(gain.argmax())] += 1
    return more


def _fall(step: np.int64, steps: int) -> FloatArray:
    """The coefficients of a step's fall in the rates of the prefixes; none for the fall of no step."""
    weights = np.zeros(steps + 1)
    if step < steps:
        weights[step] = 1.0
        weights[step + 1] = -1.0
    return weights[:steps]
