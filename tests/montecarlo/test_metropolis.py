"""Moves that leave a distribution as it is: exactly, by their transition matrices, and by draws."""

import math
from collections import Counter
from itertools import permutations

import numpy as np
import pytest

from outlay.montecarlo import (
    Choices,
    acceptance,
    enumerate_program,
    exchange_neighbours,
    independent_metropolis,
    metropolis,
    rejection,
    swap_probability,
)
from outlay.testing.false_alarms import check_frequencies

BASE = (0.5, 0.3, 0.15, 0.05)
SCORES = (0.25, 1.0, 0.0, 0.5)


def log(value: float) -> float:
    return math.log(value) if value else -math.inf


def posterior(exponent: float = 1.0) -> dict[int, float]:
    """p r^exponent, normalised."""

    def program(choices: Choices) -> int:
        state = choices.choose(BASE)
        choices.factor(exponent * log(SCORES[state]))
        return state

    return dict(enumerate_program(program).probabilities)


def draw(rng: np.random.Generator) -> int:
    return int(rng.choice(len(BASE), p=BASE))


def test_independent_metropolis_leaves_the_posterior_exactly_as_it_is() -> None:
    logs = np.array([log(score) for score in SCORES])
    accepted = np.array([acceptance(np.full(4, old), logs) for old in logs])
    moves = np.array(BASE) * accepted
    transition = moves + np.diag(1 - moves.sum(axis=1))
    exact = np.array([posterior().get(state, 0.0) for state in range(4)])
    assert exact @ transition == pytest.approx(exact)
    # Whatever scores zero is left at once.
    assert accepted[2].tolist() == [1, 1, 1, 1]


def test_moves_approach_the_posterior() -> None:
    rng = np.random.default_rng(1)
    ends: Counter[int] = Counter()
    for _ in range(400):
        state = draw(rng)
        for _ in range(25):
            state = independent_metropolis(state, draw, lambda one: log(SCORES[one]), rng)
        ends[state] += 1
    check_frequencies(ends, posterior())


def test_proposals_are_decided_each_on_its_own() -> None:
    old, new = np.array([0.0, -math.inf, 0.0]), np.array([1.0, -math.inf, -math.inf])
    assert metropolis(old, new, np.random.default_rng(0)).tolist() == [True, True, False]


def test_rejection_draws_from_the_posterior_exactly() -> None:
    rng = np.random.default_rng(2)
    found: Counter[int] = Counter()
    for _ in range(600):
        proposals = rng.choice(len(BASE), 60, p=BASE).tolist()
        accepted, tried = rejection([log(SCORES[one]) for one in proposals], rng)
        assert accepted is not None
        assert tried == accepted + 1
        found[proposals[accepted]] += 1
    check_frequencies(found, posterior())


def test_rejection_may_find_nothing() -> None:
    assert rejection([-math.inf] * 3, np.random.default_rng(0)) == (None, 3)


@pytest.mark.parametrize(("first", "second"), [(1.0, 0.5), (1.0, 0.0), (0.7, 0.7)])
def test_a_swap_keeps_the_joint_target_in_detailed_balance(first: float, second: float) -> None:
    one, two = posterior(first), posterior(second) if second else dict(enumerate(BASE))
    for mine in one:
        for theirs in two:
            logs = log(SCORES[mine]), log(SCORES[theirs])
            there = one[mine] * two[theirs] * swap_probability((first, second), logs)
            back = one.get(theirs, 0.0) * two.get(mine, 0.0) * swap_probability((first, second), logs[::-1])
            assert there == pytest.approx(back)


@pytest.mark.parametrize("first", [0, 1])
def test_only_neighbours_are_exchanged(first: int) -> None:
    rng = np.random.default_rng(3)
    seen = set()
    for _ in range(300):
        holders = exchange_neighbours(np.array([1.0, 0.5, 0.25, 0.1]), np.log([0.6, 0.5, 0.4, 0.3]), rng, first)
        seen.add(tuple(holders.tolist()))
    possible = {0: {(0, 1), (1, 0)}, 1: {(1, 2), (2, 1)}}[first]
    assert {holders[first : first + 2] for holders in seen} == possible
    assert seen <= set(permutations(range(4)))
    assert first == 0 or all(holders[0] == 0 and holders[3] == 3 for holders in seen)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_no_log_density_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="finite or -inf"):
        acceptance(np.zeros(1), np.array([bad]))
    with pytest.raises(ValueError, match="must not pass the bound"):
        rejection([bad], np.random.default_rng(0))


def test_log_densities_of_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        acceptance(np.zeros(2), np.zeros(3))
