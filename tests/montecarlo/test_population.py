"""Weighted particles: reweighting and resampling keep the evidence, and keep a population properly weighted."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.montecarlo import Population, ResamplingScheme, resample_if_degenerate, reweight
from outlay.testing.false_alarms import check_mean

every_scheme = pytest.mark.parametrize("scheme", list(ResamplingScheme))
log_weights = st.lists(st.one_of(st.floats(-50, 50), st.just(-math.inf)), min_size=1, max_size=15)
seeds = st.integers(0, 2**32 - 1)
invariant = settings(deadline=None, max_examples=60)


def of_weights(*weights: float) -> Population[int]:
    logs = [math.log(weight) if weight else -math.inf for weight in weights]
    return Population(tuple(range(len(weights))), np.array(logs))


def test_evidence_expectation_and_effective_size_worked_by_hand() -> None:
    population = of_weights(1, 0, 3)
    assert len(population) == 3
    assert population.log_evidence == pytest.approx(math.log(4 / 3))
    assert population.expectation(float) == pytest.approx(1.5)
    assert population.effective_sample_size == pytest.approx(1.6)


def test_equal_particles_weigh_one_each() -> None:
    population = Population.of_equals(letter for letter in "abc")
    assert population.items == ("a", "b", "c")
    assert population.log_weights.tolist() == [0, 0, 0]
    assert population.log_evidence == 0
    assert population.effective_sample_size == 3


def test_weights_are_a_copy_that_cannot_be_written() -> None:
    logs = np.zeros(2)
    population = Population(("a", "b"), logs)
    logs[0] = 5
    assert population.log_weights.tolist() == [0, 0]
    with pytest.raises(ValueError, match="read-only"):
        population.log_weights[0] = 1


@pytest.mark.parametrize(
    ("items", "logs"),
    [((), np.zeros(0)), (("a",), np.zeros(2)), (("a", "b"), np.zeros((2, 1))), (("a",), np.zeros(()))],
)
def test_items_and_weights_of_other_shapes_are_refused(items: tuple[str, ...], logs: np.ndarray) -> None:
    with pytest.raises(ValueError, match="a population needs n items and log weights"):
        Population(items, logs)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_no_log_weight_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="finite or -inf"):
        Population(("a", "b"), np.array([0.0, bad]))
    with pytest.raises(ValueError, match="finite or -inf"):
        reweight(of_weights(1, 1), np.array([0.0, bad]))


def test_a_population_of_weight_zero_has_evidence_zero_and_no_expectation() -> None:
    population = of_weights(0, 0)
    assert population.log_evidence == -math.inf
    assert population.effective_sample_size == 0
    with pytest.raises(ValueError, match="all weights are zero"):
        population.expectation(float)


def test_reweighting_multiplies_weights() -> None:
    before = of_weights(2, 3, 0)
    after = reweight(before, np.array([math.log(5), -math.inf, 1.0]))
    assert np.exp(after.log_weights) == pytest.approx([10, 0, 0])
    assert after.items == before.items
    assert np.exp(before.log_weights) == pytest.approx([2, 3, 0])


def test_factors_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"log factors must have shape \(2,\); got \(1,\)"):
        reweight(of_weights(1, 1), np.zeros(1))


@given(log_weights, st.sampled_from(list(ResamplingScheme)), st.floats(0, 1), seeds)
@invariant
def test_resampling_keeps_the_evidence_and_says_what_it_did(
    logs: list[float], scheme: ResamplingScheme, threshold: float, seed: int
) -> None:
    population = Population(tuple(range(100, 100 + len(logs))), np.array(logs))
    after, info = resample_if_degenerate(population, np.random.default_rng(seed), scheme, threshold)
    size = population.effective_sample_size
    assert info.effective_sample_size == size
    assert info.resampled == (0 < size < threshold * len(logs))
    assert after.items == tuple(population.items[ancestor] for ancestor in info.ancestors)
    assert after.log_evidence == pytest.approx(population.log_evidence, abs=1e-9)
    if info.resampled:
        assert len(set(after.log_weights)) == 1
        assert all(logs[ancestor] > -math.inf for ancestor in info.ancestors)
    else:
        assert after is population
        assert info.ancestors.tolist() == list(range(len(logs)))


@pytest.mark.parametrize("weights", [(1, 1, 1), (0, 0, 0)], ids=["equal", "all zero"])
def test_randomness_is_not_touched_when_nothing_is_resampled(weights: tuple[float, ...]) -> None:
    rng = np.random.default_rng(3)
    state = rng.bit_generator.state
    resample_if_degenerate(of_weights(*weights), rng, threshold=1)
    resample_if_degenerate(of_weights(1, 0, 0), rng, threshold=0)
    assert rng.bit_generator.state == state


def test_the_threshold_is_a_share_of_the_number_of_particles() -> None:
    population = of_weights(1, 0, 3)  # its effective sample size is 1.6
    rng = np.random.default_rng(0)
    assert not resample_if_degenerate(population, rng, threshold=1.59 / 3).info.resampled
    assert resample_if_degenerate(population, rng, threshold=1.61 / 3).info.resampled


@every_scheme
def test_the_same_seed_resamples_the_same(scheme: ResamplingScheme) -> None:
    population = of_weights(*range(20))
    first, second = (resample_if_degenerate(population, np.random.default_rng(7), scheme, 1) for _ in range(2))
    assert first.info.resampled
    assert first.population.items == second.population.items


@every_scheme
def test_resampling_leaves_every_weighted_sum_unbiased(scheme: ResamplingScheme) -> None:
    population = of_weights(0.5, 4, 0, 1.25)
    rng = np.random.default_rng(4)
    afters = [resample_if_degenerate(population, rng, scheme, 1).population for _ in range(2000)]
    for item, weight in enumerate((0.5, 4, 0, 1.25)):
        sums = [float(np.mean(np.exp(a.log_weights) * np.equal(a.items, item))) for a in afters]
        check_mean(sums, weight / 4, false_alarm=1e-6 / 4)


@pytest.mark.parametrize("threshold", [-0.1, 1.1, math.nan])
def test_a_threshold_that_is_no_share_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold must be from 0 to 1"):
        resample_if_degenerate(of_weights(1, 2), np.random.default_rng(0), threshold=threshold)
