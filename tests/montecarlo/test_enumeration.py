"""Exact enumeration of small programs against probabilities worked by hand and by brute force."""

import math
from collections import defaultdict
from itertools import count as count_up
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.montecarlo import Choices, enumerate_program

rows = st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=3).filter(any), max_size=4)
"""For each choice the weights of its branches."""

factors = st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=4, max_size=4)
"""Multipliers of a run, by the remainder modulo 4 of the sum of its choices."""


def test_two_coins() -> None:
    exact = enumerate_program(lambda choices: choices.choose([0.5, 0.5]) + choices.choose([0.5, 0.5]))
    assert exact.probabilities == pytest.approx({0: 0.25, 1: 0.5, 2: 0.25})
    assert exact.paths == 4
    assert exact.log_evidence == pytest.approx(0)
    assert exact.expectation(lambda heads: heads**2) == pytest.approx(1.5)


def test_bayes_rule_for_a_rare_disease() -> None:
    def program(choices: Choices) -> bool:
        ill = choices.choose([0.99, 0.01]) == 1
        choices.factor(math.log(0.9 if ill else 0.05))
        return ill

    exact = enumerate_program(program)
    assert math.exp(exact.log_evidence) == pytest.approx(0.0585)
    assert exact.probabilities == pytest.approx({False: 0.0495 / 0.0585, True: 0.009 / 0.0585})
    assert math.exp(exact.log_weights[True]) == pytest.approx(0.009)


def test_a_path_may_be_longer_than_another() -> None:
    def first_success_of_at_most_four(choices: Choices) -> int:
        for attempt in range(3):
            if choices.choose([0.75, 0.25]):
                return attempt
        return 3

    exact = enumerate_program(first_success_of_at_most_four)
    assert exact.probabilities == pytest.approx({0: 0.25, 1: 0.1875, 2: 0.140625, 3: 0.421875})
    assert exact.paths == 4


def test_a_hidden_chain_worked_by_hand() -> None:
    # Prior 0.5 each; stays with 0.8; seen as it is with 0.9; seen are a 0 and then a 1.
    def program(choices: Choices) -> tuple[int, int]:
        first = choices.choose([0.5, 0.5])
        choices.factor(math.log(0.9 if first == 0 else 0.1))
        second = choices.choose([0.8, 0.2] if first == 0 else [0.2, 0.8])
        choices.factor(math.log(0.9 if second == 1 else 0.1))
        return first, second

    exact = enumerate_program(program)
    joint = {(0, 0): 0.036, (0, 1): 0.081, (1, 0): 0.001, (1, 1): 0.036}
    assert math.exp(exact.log_evidence) == pytest.approx(sum(joint.values()))
    assert exact.probabilities == pytest.approx({path: weight / 0.154 for path, weight in joint.items()})


@given(rows, factors)
@settings(deadline=None, max_examples=60)
def test_enumeration_agrees_with_brute_force_over_all_choices(table: list[list[int]], multipliers: list[float]) -> None:
    def program(choices: Choices) -> int:
        total = sum(choices.choose([weight / sum(row) for weight in row]) for row in table)
        multiplier = multipliers[total % 4]
        choices.factor(math.log(multiplier) if multiplier else -math.inf)
        return total

    expected: defaultdict[int, float] = defaultdict(float)
    paths = 0
    for path in product(*(range(len(row)) for row in table)):
        probability = math.prod(row[index] / sum(row) for row, index in zip(table, path, strict=True))
        paths += probability > 0
        expected[sum(path)] += probability * multipliers[sum(path) % 4]
    possible = {value: weight for value, weight in expected.items() if weight > 0}
    exact = enumerate_program(program)
    assert exact.paths == paths
    assert {value: math.exp(log) for value, log in exact.log_weights.items()} == pytest.approx(possible)
    if possible:
        total = math.fsum(possible.values())
        assert math.fsum(exact.probabilities.values()) == pytest.approx(1)
        assert exact.probabilities == pytest.approx({value: weight / total for value, weight in possible.items()})
        assert exact.expectation(float) == pytest.approx(sum(v * w for v, w in possible.items()) / total)


def test_each_path_is_run_once_and_branches_of_probability_zero_never() -> None:
    seen: list[tuple[int, int]] = []

    def program(choices: Choices) -> None:
        seen.append((choices.choose([0.0, 0.5, 0.5, 0.0]), choices.choose([0.3, 0.0, 0.7])))

    assert enumerate_program(program).paths == 4
    assert sorted(seen) == [(1, 0), (1, 2), (2, 0), (2, 2)]


def test_weights_far_outside_linear_range_are_kept_apart() -> None:
    def program(choices: Choices) -> int:
        side = choices.choose([0.5, 0.5])
        choices.factor(-5000.0 + side * math.log(3))
        return side

    exact = enumerate_program(program)
    assert exact.log_evidence == pytest.approx(-5000 + math.log(2), abs=1e-9)
    assert exact.probabilities == pytest.approx({0: 0.25, 1: 0.75})


def test_a_program_without_choices_has_one_path() -> None:
    exact = enumerate_program(lambda choices: "only")
    assert exact.probabilities == {"only": 1.0}
    assert exact.paths == 1


def test_a_program_without_a_possible_value_has_evidence_zero_and_no_distribution() -> None:
    def program(choices: Choices) -> int:
        choices.factor(-math.inf)
        return choices.choose([0.5, 0.5])

    exact = enumerate_program(program)
    assert exact.log_evidence == -math.inf
    assert dict(exact.log_weights) == {}
    assert exact.paths == 2
    with pytest.raises(ValueError, match="every path has weight zero"):
        _ = exact.probabilities
    with pytest.raises(ValueError, match="every path has weight zero"):
        exact.expectation(float)


def test_the_limit_of_paths_is_exact() -> None:
    def program(choices: Choices) -> int:
        return choices.choose([0.25] * 4)

    assert enumerate_program(program, max_paths=4).paths == 4
    with pytest.raises(ValueError, match="more than max_paths=3 paths"):
        enumerate_program(program, max_paths=3)


def test_a_program_that_never_ends_its_branching_is_stopped() -> None:
    def waits(choices: Choices) -> int:
        return next(n for n in count_up() if choices.choose([0.5, 0.5]) == 0)

    with pytest.raises(ValueError, match="more than max_paths=50 paths"):
        enumerate_program(waits, max_paths=50)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(limit: int) -> None:
    with pytest.raises(ValueError, match="max_paths must be 1 or above"):
        enumerate_program(lambda choices: None, max_paths=limit)


def test_a_program_that_asks_for_fewer_choices_when_repeated_is_refused() -> None:
    runs = count_up()

    def program(choices: Choices) -> None:
        if next(runs) == 0:
            choices.choose([0.5, 0.5])

    with pytest.raises(ValueError, match="must depend on its choices alone"):
        enumerate_program(program)


def test_a_program_that_asks_for_other_choices_when_repeated_is_refused() -> None:
    runs = count_up()

    def program(choices: Choices) -> None:
        choices.choose([0.5, 0.5] if next(runs) == 0 else [1.0])

    with pytest.raises(ValueError, match="must depend on its choices alone"):
        enumerate_program(program)
