"""Small probabilistic programs, sampled: choices have their probabilities, runs have their factors as weights."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.montecarlo import Choices, enumerate_program, importance_sample, sample_program
from outlay.testing.false_alarms import check_frequencies, check_mean


def two_dice_far_apart(choices: Choices) -> tuple[int, int]:
    """Two dice; the second is biased by the first, equal faces are impossible and distance is rewarded."""
    first = choices.choose([0.5, 0.3, 0.2])
    second = choices.choose([0.2, 0.2, 0.6] if first == 0 else [0.25, 0.75])
    distance = abs(first - second)
    choices.factor(math.log(distance) if distance else -math.inf)
    return first, second


@pytest.mark.parametrize("probabilities", [[1.0], [0.0, 1.0, 0.0], [0.1, 0.0, 0.9], [0.25] * 4, [0.999, 0.001]])
def test_choices_have_their_probabilities(probabilities: list[float]) -> None:
    rng = np.random.default_rng(5)
    drawn = Counter(sample_program(lambda choices: choices.choose(probabilities), rng).value for _ in range(3000))
    check_frequencies(drawn, dict(enumerate(probabilities)))


def test_later_choices_depend_on_earlier_ones() -> None:
    rng = np.random.default_rng(6)
    drawn = Counter(sample_program(two_dice_far_apart, rng).value for _ in range(4000))
    prior = {
        (0, 0): 0.1, (0, 1): 0.1, (0, 2): 0.3, (1, 0): 0.075, (1, 1): 0.225, (2, 0): 0.05, (2, 1): 0.15,
    }  # fmt: skip
    check_frequencies(drawn, prior)


@given(st.lists(st.floats(-100, 100), max_size=6))
@settings(deadline=None)
def test_factors_add_in_log_space(factors: list[float]) -> None:
    def program(choices: Choices) -> str:
        for factor in factors:
            choices.factor(factor)
        return "done"

    value, log_weight = sample_program(program, np.random.default_rng(0))
    assert value == "done"
    assert log_weight == pytest.approx(math.fsum(factors), abs=1e-9)


def test_an_impossible_run_stays_impossible() -> None:
    def program(choices: Choices) -> None:
        choices.factor(-math.inf)
        choices.factor(3.0)

    assert sample_program(program, np.random.default_rng(0)).log_weight == -math.inf


def test_importance_sampling_is_unbiased_for_every_unnormalised_probability() -> None:
    exact = enumerate_program(two_dice_far_apart)
    population = importance_sample(two_dice_far_apart, 4000, np.random.default_rng(7))
    weights = np.exp(population.log_weights)
    check_mean(weights, math.exp(exact.log_evidence))
    for value, log_weight in exact.log_weights.items():
        hits = np.array([item == value for item in population.items])
        check_mean(weights * hits, math.exp(log_weight), false_alarm=1e-6 / len(exact.log_weights))


def test_the_same_seed_gives_the_same_runs() -> None:
    first, second = (importance_sample(two_dice_far_apart, 50, np.random.default_rng(8)) for _ in range(2))
    assert first.items == second.items
    assert first.log_weights.tolist() == second.log_weights.tolist()


@pytest.mark.parametrize("count", [0, -3])
def test_a_count_below_one_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="count must be 1 or above"):
        importance_sample(two_dice_far_apart, count, np.random.default_rng(0))


BAD_PROBABILITIES = ([], [0.5], [0.6, 0.5], [1.1, -0.1], [math.nan, 1.0], [math.inf, 0.0], [1.0, 1e-8], [1e308, 1e308])


@pytest.mark.parametrize("probabilities", BAD_PROBABILITIES, ids=str)
def test_what_is_no_distribution_is_refused_by_every_interpreter(probabilities: Sequence[float]) -> None:
    def program(choices: Choices) -> int:
        return choices.choose(probabilities)

    with pytest.raises(ValueError, match="probabilities must be at least 0 and sum to 1"):
        sample_program(program, np.random.default_rng(0))
    with pytest.raises(ValueError, match="probabilities must be at least 0 and sum to 1"):
        enumerate_program(program)


@pytest.mark.parametrize("log_weight", [math.nan, math.inf])
def test_what_is_no_factor_is_refused_by_every_interpreter(log_weight: float) -> None:
    def program(choices: Choices) -> None:
        choices.factor(log_weight)

    with pytest.raises(ValueError, match="log weight must be finite or -inf"):
        sample_program(program, np.random.default_rng(0))
    with pytest.raises(ValueError, match="log weight must be finite or -inf"):
        enumerate_program(program)


def test_probabilities_may_be_off_by_rounding() -> None:
    exact = enumerate_program(lambda choices: choices.choose([0.1] * 10))
    assert math.fsum(exact.probabilities.values()) == pytest.approx(1, abs=1e-12)
    assert list(exact.probabilities.values()) == pytest.approx([0.1] * 10, abs=1e-12)
