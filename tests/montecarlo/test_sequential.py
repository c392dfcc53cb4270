"""The particle filter against exact enumeration: evidence and posterior, for every scheme and any resampling times."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from outlay.montecarlo import (
    Choices,
    Population,
    ResamplingScheme,
    enumerate_program,
    sequential_monte_carlo,
    sequential_step,
)
from outlay.testing.false_alarms import check_mean

every_scheme = pytest.mark.parametrize("scheme", list(ResamplingScheme))

Path = tuple[int, ...]

START = (0.6, 0.4)
MOVES = ((0.7, 0.2, 0.1), (0.1, 0.5, 0.4), (0.3, 0.3, 0.4))
"""From each of three states to the next; a path starts in one of the first two."""

POTENTIALS = ((0.2, 1.0, 3.0), (2.0, 0.0, 0.5), (0.1, 1.5, 0.0))
"""After each step, by state; a zero makes a state impossible, so that a small population may die out."""


def log(value: float) -> float:
    return math.log(value) if value else -math.inf


@dataclass(frozen=True)
class Chain:
    """The state is the path so far."""

    steps: int = len(POTENTIALS)

    def initial(self, rng: np.random.Generator) -> Path:
        return (int(rng.random() >= START[0]),)

    def transition(self, state: Path, rng: np.random.Generator) -> Path:
        stay, step, _ = MOVES[state[-1]]
        uniform = rng.random()
        return (*state, int(uniform >= stay) + int(uniform >= stay + step))

    def log_potential(self, state: Path) -> float:
        return log(POTENTIALS[len(state) - 2][state[-1]])


def chain_program(choices: Choices, steps: int = len(POTENTIALS)) -> Path:
    """The same target, for the exact interpreter."""
    path: Path = (choices.choose(START),)
    for step in range(steps):
        path = (*path, choices.choose(MOVES[path[-1]]))
        choices.factor(log(POTENTIALS[step][path[-1]]))
    return path


def test_the_chain_is_what_its_enumeration_says_worked_by_hand_for_one_step() -> None:
    exact = enumerate_program(lambda choices: chain_program(choices, 1))
    by_hand = 0.6 * (0.7 * 0.2 + 0.2 * 1 + 0.1 * 3) + 0.4 * (0.1 * 0.2 + 0.5 * 1 + 0.4 * 3)
    assert math.exp(exact.log_evidence) == pytest.approx(by_hand)
    assert exact.probabilities[1, 2] == pytest.approx(0.4 * 0.4 * 3 / by_hand)


@pytest.mark.parametrize(
    ("scheme", "threshold"),
    [(ResamplingScheme.MULTINOMIAL, 0.0), *((scheme, share) for scheme in ResamplingScheme for share in (0.5, 1.0))],
)
def test_evidence_and_posterior_are_properly_weighted(scheme: ResamplingScheme, threshold: float) -> None:
    """Unbiased with five particles already: Z after each step, and Z times each deviation from the posterior."""
    rng = np.random.default_rng(9)
    results = [sequential_monte_carlo(Chain(), 5, rng, scheme, threshold) for _ in range(1200)]
    assert any(info.resampling.resampled for result in results for info in result.infos) == (threshold > 0)
    for step in range(len(POTENTIALS)):
        exact = enumerate_program(lambda choices, step=step: chain_program(choices, step + 1))
        evidence = np.exp([result.infos[step].log_evidence for result in results])
        check_mean(evidence, math.exp(exact.log_evidence))
    exact = enumerate_program(chain_program)
    # Whole paths, so that ancestors count and not last states only; rare ones have no normal limit at this number.
    frequent = [path for path, probability in exact.probabilities.items() if probability > 0.02]
    assert sum(exact.probabilities[path] for path in frequent) > 0.9
    for path in frequent:
        weights = [
            float(np.mean(np.exp(result.population.log_weights) * [item == path for item in result.population.items]))
            for result in results
        ]
        check_mean(weights - exact.probabilities[path] * evidence, 0.0, false_alarm=1e-6 / len(frequent))


@every_scheme
def test_weighted_means_of_more_particles_are_near_the_exact_expectation(scheme: ResamplingScheme) -> None:
    """A ratio of two estimates is biased of order 1/n; a bias of 0.02 is allowed, ignoring the weights costs 0.6."""
    exact = enumerate_program(chain_program)
    rng = np.random.default_rng(11)

    def ends_in_one(path: Path) -> float:
        return float(path[-1] == 1)

    populations = [sequential_monte_carlo(Chain(), 30, rng, scheme).population for _ in range(400)]
    estimates = [population.expectation(ends_in_one) for population in populations]
    check_mean(estimates, exact.expectation(ends_in_one), allowance=0.02)


@every_scheme
def test_the_same_seed_gives_the_same_particles(scheme: ResamplingScheme) -> None:
    first, second = (sequential_monte_carlo(Chain(), 20, np.random.default_rng(12), scheme) for _ in range(2))
    assert first.population.items == second.population.items
    assert first.population.log_weights.tolist() == second.population.log_weights.tolist()


def test_every_step_is_reported_and_the_last_is_the_result() -> None:
    result = sequential_monte_carlo(Chain(), 50, np.random.default_rng(13))
    assert len(result.infos) == Chain().steps
    assert result.infos[-1].log_evidence == result.log_evidence == result.population.log_evidence
    assert not result.infos[0].resampling.resampled  # all weights are one before the first step
    assert all(len(path) == Chain().steps + 1 for path in result.population.items)


def test_threshold_zero_never_resamples_and_one_does_whenever_weights_differ() -> None:
    never = sequential_monte_carlo(Chain(), 50, np.random.default_rng(14), threshold=0)
    always = sequential_monte_carlo(Chain(), 50, np.random.default_rng(14), threshold=1)
    assert [info.resampling.resampled for info in never.infos] == [False, False, False]
    assert [info.resampling.resampled for info in always.infos] == [False, True, True]


def test_a_step_moves_the_ancestors_and_weighs_the_new_states() -> None:
    before = Population(((0,), (1,)), np.array([-math.inf, math.log(2)]))
    after, info = sequential_step(Chain(), before, np.random.default_rng(15), threshold=1)
    assert info.resampling.resampled
    assert info.resampling.ancestors.tolist() == [1, 1]
    assert all(path[0] == 1 for path in after.items)
    # Both weigh the mean weight, one, before their potential.
    assert np.exp(after.log_weights) == pytest.approx([POTENTIALS[0][path[1]] for path in after.items])


def test_a_model_without_steps_is_its_initial_distribution() -> None:
    result = sequential_monte_carlo(Chain(steps=0), 30, np.random.default_rng(16))
    assert result.infos == ()
    assert result.log_evidence == 0
    assert {len(path) for path in result.population.items} == {1}


@dataclass(frozen=True)
class Scored:
    """Never moves; each state scores the same."""

    score: float
    steps: int = 2

    def initial(self, rng: np.random.Generator) -> int:
        return 0

    def transition(self, state: int, rng: np.random.Generator) -> int:
        return state

    def log_potential(self, state: int) -> float:
        return self.score


@every_scheme
def test_a_population_that_dies_out_has_evidence_zero(scheme: ResamplingScheme) -> None:
    result = sequential_monte_carlo(Scored(-math.inf), 3, np.random.default_rng(0), scheme, 1)
    assert result.log_evidence == -math.inf
    assert [info.resampling.resampled for info in result.infos] == [False, False]


@pytest.mark.parametrize("score", [-4000.0, 4000.0])
def test_potentials_outside_linear_range_are_no_trouble(score: float) -> None:
    assert sequential_monte_carlo(Scored(score), 3, np.random.default_rng(0)).log_evidence == pytest.approx(2 * score)


@pytest.mark.parametrize("score", [math.nan, math.inf])
def test_what_is_no_potential_is_refused(score: float) -> None:
    with pytest.raises(ValueError, match="finite or -inf"):
        sequential_monte_carlo(Scored(score), 3, np.random.default_rng(0))


@pytest.mark.parametrize("count", [0, -1])
def test_a_count_below_one_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="count must be 1 or above"):
        sequential_monte_carlo(Chain(), count, np.random.default_rng(0))


@pytest.mark.parametrize("threshold", [-0.5, 1.5])
def test_a_threshold_that_is_no_share_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold must be from 0 to 1"):
        sequential_monte_carlo(Chain(), 3, np.random.default_rng(0), threshold=threshold)
