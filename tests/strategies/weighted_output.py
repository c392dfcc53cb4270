"""Weighted particles against the exact target p(x) r(x) of the small world."""

import math
from collections.abc import Mapping

import numpy as np

from outlay.montecarlo import Choices, enumerate_program
from outlay.strategies import STRATEGIES
from outlay.strategies.smc.particles import Particles
from outlay.testing import SMALL_SCORES, Arrival, check_mean, small_model, small_world

ALARM = 1e-6


def log(value: float) -> float:
    return math.log(value) if value else -math.inf


def target(exponent: float = 1.0) -> Mapping[str, float]:
    """p(x) r(x)^exponent of each text, not normalised."""

    def program(choices: Choices) -> str:
        text = small_model().choose_answer(choices)
        choices.factor(exponent * log(SMALL_SCORES[text]) if exponent else 0.0)
        return text

    return {text: math.exp(weight) for text, weight in enumerate_program(program).log_weights.items()}


async def last_particles(strategy: str, seed: int) -> Particles:
    world = small_world(Arrival.AT_ONCE, price=0)
    built = STRATEGIES.build(strategy)
    particles = [found async for found in built.particles(world.problem, world.run(None, seed))]  # type: ignore[attr-defined]
    return particles[-1]  # type: ignore[no-any-return]


def mean_weight(particles: Particles, text: str) -> float:
    """The particles' estimate of p(x) r(x)."""
    at = np.array([path[-1].trajectory.text == text for path in particles.items])
    return float(np.mean(np.exp(particles.log_weights) * at))


async def check_properly_weighted(strategy: str, runs: int = 150) -> None:
    """The mean weight of each text that is not too rare for a normal limit is p(x) r(x), without bias for any n.

    Raises:
        LawBrokenError: if not; for a correct strategy at the rate ``ALARM``.
    """
    ends = [await last_particles(strategy, seed) for seed in range(runs)]
    exact = {text: weight for text, weight in target().items() if weight > 0.02}
    for text, weight in exact.items():
        check_mean([mean_weight(end, text) for end in ends], weight, ALARM / (len(exact) + 1))
    check_mean([float(np.exp(end.log_evidence)) for end in ends], sum(target().values()), ALARM / (len(exact) + 1))
