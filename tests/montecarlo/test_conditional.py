"""Particle Gibbs leaves the target as it is, with and without ancestor sampling, against exact enumeration."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from outlay.montecarlo import (
    Choices,
    ExactDistribution,
    Population,
    conditional_resample,
    draw_one,
    enumerate_program,
    particle_gibbs_step,
)
from outlay.testing.false_alarms import check_frequencies, check_mean

START = (0.6, 0.4)
MOVES = ((0.7, 0.3), (0.4, 0.6))
POTENTIALS = ((0.2, 1.0), (2.0, 0.5), (0.1, 1.5))


@dataclass(frozen=True)
class Chain:
    """Two states, three steps; a state knows its step."""

    steps: int = len(POTENTIALS)

    def initial(self, rng: np.random.Generator) -> tuple[int, int]:
        return 0, int(rng.random() >= START[0])

    def transition(self, state: tuple[int, int], rng: np.random.Generator) -> tuple[int, int]:
        return state[0] + 1, int(rng.random() >= MOVES[state[1]][0])

    def log_potential(self, state: tuple[int, int]) -> float:
        return math.log(POTENTIALS[state[0] - 1][state[1]])

    def log_future(self, state: tuple[int, int], following: Sequence[tuple[int, int]]) -> float:
        # Potentials of the following do not depend on the past, so they cancel; a constant changes nothing.
        return math.log(MOVES[state[1]][following[0][1]]) + 3.0

    def graft(self, state: tuple[int, int], following: Sequence[tuple[int, int]]) -> Sequence[tuple[int, int]]:
        return following


def target() -> ExactDistribution[tuple[int, ...]]:
    def program(choices: Choices) -> tuple[int, ...]:
        path = (choices.choose(START),)
        for potentials in POTENTIALS:
            path = (*path, choices.choose(MOVES[path[-1]]))
            choices.factor(math.log(potentials[path[-1]]))
        return path

    return enumerate_program(program)


@pytest.mark.parametrize("ancestors", [False, True])
@pytest.mark.parametrize(("count", "threshold"), [(2, 1.0), (3, 0.8), (4, 0.0)])
def test_a_step_from_the_target_ends_in_the_target(ancestors: bool, count: int, threshold: float) -> None:
    rng = np.random.default_rng(4)
    exact = target().probabilities
    paths, probabilities = list(exact), list(exact.values())
    ends: Counter[tuple[int, ...]] = Counter()
    stayed = 0
    for _ in range(800):
        before = paths[rng.choice(len(paths), p=probabilities)]
        reference = list(enumerate(before))
        grafting = Chain() if ancestors else None
        after = particle_gibbs_step(Chain(), reference, count, rng, threshold, grafting)
        ends[tuple(state for _, state in after)] += 1
        stayed += list(after) == reference
    check_frequencies(ends, exact)
    assert stayed < 800


def test_ancestor_sampling_renews_the_first_state_more_often() -> None:
    reference = list(enumerate((0, 1, 0, 1)))
    renewed = []
    for grafting in (None, Chain()):
        rng = np.random.default_rng(5)
        ends = [particle_gibbs_step(Chain(), reference, 2, rng, 1.0, grafting) for _ in range(500)]
        renewed.append(sum(end[0] != reference[0] for end in ends))
    assert renewed[1] > 1.2 * renewed[0]


def test_the_reference_stays_in_its_place_and_the_mean_weight_is_kept() -> None:
    population = Population(("kept", "light", "heavy"), np.log([0.5, 0.5, 2.0]))
    after, info = conditional_resample(population, np.random.default_rng(6), 1.0)
    assert info.resampled
    assert info.ancestors[0] == 0
    assert after.items[0] == "kept"
    assert np.exp(after.log_weights) == pytest.approx([1, 1, 1])


def test_weights_that_are_all_zero_stay_and_leave_the_draw_to_chance() -> None:
    dead = Population(("one", "two"), np.full(2, -math.inf))
    after, info = conditional_resample(dead, np.random.default_rng(7), 1.0)
    assert not info.resampled
    assert after is dead
    rng = np.random.default_rng(8)
    check_mean([float(draw_one(dead, rng) == "one") for _ in range(2000)], 0.5)


def test_wrong_arguments_are_refused() -> None:
    rng = np.random.default_rng(0)
    reference = list(enumerate((0, 0, 0, 0)))
    with pytest.raises(ValueError, match="count must be 2 or above"):
        particle_gibbs_step(Chain(), reference, 1, rng)
    with pytest.raises(ValueError, match="must have 4 states; got 3"):
        particle_gibbs_step(Chain(), reference[:3], 2, rng)
    with pytest.raises(ValueError, match="threshold must be from 0 to 1"):
        particle_gibbs_step(Chain(), reference, 2, rng, 1.5)
