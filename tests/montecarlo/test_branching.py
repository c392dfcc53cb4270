"""Resampling one by one keeps the expected weight, whatever came before."""

import math

import numpy as np
import pytest

from outlay.montecarlo import Branching, Population, resample_by
from outlay.testing.false_alarms import check_mean


def test_a_particle_leaves_its_own_weight_on_average() -> None:
    rng = np.random.default_rng(1)
    weights = [0.5, 0.1, 2.0, 0.0, 0.7, 3.0]
    left = []
    for _ in range(2000):
        step = Branching(3)
        left.append([copies * weight for copies, weight in (step.decide(one, rng) for one in weights)])
    for position, weight in enumerate(weights):
        check_mean([row[position] for row in left], weight, 1e-6 / len(weights))


def test_branches_worked_by_hand() -> None:
    rng = np.random.default_rng(2)
    step = Branching(8)
    assert step.decide(1.0, rng) == (1, 1.0)
    assert step.decide(3.0, rng) == (2, 1.5)
    crowded = Branching(1, arrived=2, total=2.0, copies=4)
    assert crowded.decide(3.0, rng) == (1, 3.0)
    assert Branching(1).decide(0.0, rng) == (0, 0.0)


def test_the_number_of_copies_stays_near_what_is_aimed_at() -> None:
    rng = np.random.default_rng(3)
    counts = []
    for _ in range(200):
        step = Branching(50)
        for weight in rng.gamma(0.5, size=50):
            step.decide(float(weight), rng)
        counts.append(step.copies)
    assert 35 < np.mean(counts) < 75


@pytest.mark.parametrize("weight", [-0.1, math.inf, math.nan])
def test_what_is_no_weight_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="finite and at least 0"):
        Branching(2).decide(weight, np.random.default_rng(0))


def test_resampling_by_other_weights_keeps_the_population_properly_weighted() -> None:
    rng = np.random.default_rng(4)
    population = Population((0, 1, 2, 3), np.array([math.log(0.5), 0.0, -math.inf, 1.0]))
    priorities = np.array([0.0, 2.0, 1.0, -1.0])
    after = [resample_by(population, priorities, rng).population for _ in range(2000)]
    for item in range(4):
        found = [float(np.mean(np.exp(one.log_weights) * [kept == item for kept in one.items])) for one in after]
        check_mean(found, math.exp(population.log_weights[item]) / 4, 1e-6 / 4)


def test_priorities_must_reach_every_particle_that_weighs_something() -> None:
    population = Population((0, 1), np.zeros(2))
    with pytest.raises(ValueError, match="finite log priority"):
        resample_by(population, np.array([0.0, -math.inf]), np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"must have shape \(2,\)"):
        resample_by(population, np.zeros(3), np.random.default_rng(0))
    dead = Population((0, 1), np.full(2, -math.inf))
    assert resample_by(dead, dead.log_weights, np.random.default_rng(0)).population is dead
