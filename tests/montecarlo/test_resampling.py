"""Resampling schemes: each has the law that theory gives it, and so is unbiased; invariants hold for any weights."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.montecarlo import RESAMPLING_SCHEMES, ResamplingScheme
from outlay.testing.false_alarms import check_frequencies, check_mean

Law = dict[tuple[int, ...], Fraction]
"""Probability of each vector of offspring counts."""

every_scheme = pytest.mark.parametrize("scheme", list(ResamplingScheme))

SMALL_CASES = (
    ([1, 1, 1], 3),
    ([1, 2, 4], 4),
    ([0, 3, 1], 4),
    ([5, 0, 2, 0], 3),
    ([1, 9], 5),
    ([2, 3, 5], 1),
)
"""Integer weights and how many to draw: few enough for the law of all copies to be enumerated."""

weights_lists = st.lists(
    st.one_of(st.just(0.0), st.floats(1e-12, 1e12), st.integers(0, 5).map(float)), min_size=1, max_size=30
).filter(any)
counts = st.integers(0, 40)
seeds = st.integers(0, 2**32 - 1)
schemes = st.sampled_from(list(ResamplingScheme))
invariant = settings(deadline=None, max_examples=60)


def draw(scheme: ResamplingScheme, weights: Sequence[float], count: int, seed: int) -> np.ndarray:
    return RESAMPLING_SCHEMES[scheme](np.array(weights, np.float64), count, np.random.default_rng(seed))


def offspring(ancestors: Sequence[int] | np.ndarray, n: int) -> tuple[int, ...]:
    return tuple(np.bincount(np.asarray(ancestors, np.int64), minlength=n).tolist())


def law_of_independent_draws(rows: Sequence[Sequence[Fraction]], n: int) -> Law:
    """Each row is the distribution of one draw over the n particles."""
    law: Law = defaultdict(Fraction)
    for ancestors in product(range(n), repeat=len(rows)):
        law[offspring(ancestors, n)] += math.prod(
            (row[ancestor] for row, ancestor in zip(rows, ancestors, strict=True)), start=Fraction(1)
        )
    return {counts: probability for counts, probability in law.items() if probability}


def shares(weights: Sequence[int]) -> list[Fraction]:
    return [Fraction(weight, sum(weights)) for weight in weights]


def edges(weights: Sequence[int], count: int) -> list[Fraction]:
    return [count * sum(shares(weights)[:i], Fraction(0)) for i in range(len(weights) + 1)]


def multinomial_law(weights: Sequence[int], count: int) -> Law:
    return law_of_independent_draws([shares(weights)] * count, len(weights))


def stratified_law(weights: Sequence[int], count: int) -> Law:
    """Stratum j is the interval from j to j + 1 on a line on which particle i has the length of its expectation."""
    bounds = edges(weights, count)
    rows = [
        [max(Fraction(0), min(high, Fraction(j + 1)) - max(low, Fraction(j))) for low, high in pairwise(bounds)]
        for j in range(count)
    ]
    return law_of_independent_draws(rows, len(weights))


def systematic_law(weights: Sequence[int], count: int) -> Law:
    """Between two offsets at which a point crosses an edge the copies do not change."""
    bounds = edges(weights, count)
    offsets = sorted({bound - math.floor(bound) for bound in bounds} | {Fraction(0), Fraction(1)})
    law: Law = defaultdict(Fraction)
    for i in range(len(offsets) - 1):
        middle = (offsets[i] + offsets[i + 1]) / 2
        points = [j + middle for j in range(count)]
        copies = (sum(bounds[p] <= point < bounds[p + 1] for point in points) for p in range(len(weights)))
        law[tuple(copies)] += offsets[i + 1] - offsets[i]
    return dict(law)


def residual_law(weights: Sequence[int], count: int) -> Law:
    expected = [count * share for share in shares(weights)]
    certain = [math.floor(mean) for mean in expected]
    left = count - sum(certain)
    remainder = [mean - floor for mean, floor in zip(expected, certain, strict=True)]
    row = [part / left for part in remainder] if left else []
    others = law_of_independent_draws([row] * left, len(weights))
    return {tuple(a + b for a, b in zip(certain, more, strict=True)): p for more, p in others.items()}


LAWS: dict[ResamplingScheme, Callable[[Sequence[int], int], Law]] = {
    ResamplingScheme.MULTINOMIAL: multinomial_law,
    ResamplingScheme.STRATIFIED: stratified_law,
    ResamplingScheme.SYSTEMATIC: systematic_law,
    ResamplingScheme.RESIDUAL: residual_law,
}


def test_every_scheme_has_a_function_and_a_law() -> None:
    assert set(RESAMPLING_SCHEMES) == set(ResamplingScheme) == set(LAWS)


@every_scheme
@pytest.mark.parametrize(("weights", "count"), SMALL_CASES)
def test_the_enumerated_law_is_a_distribution_and_exactly_unbiased(
    scheme: ResamplingScheme, weights: list[int], count: int
) -> None:
    law = LAWS[scheme](weights, count)
    assert sum(law.values()) == 1
    means = [sum(p * copies[i] for copies, p in law.items()) for i in range(len(weights))]
    assert means == [count * share for share in shares(weights)]


@every_scheme
@pytest.mark.parametrize(("weights", "count"), SMALL_CASES)
def test_the_copies_follow_the_enumerated_law(scheme: ResamplingScheme, weights: list[int], count: int) -> None:
    rng = np.random.default_rng(1)
    values = np.array(weights, np.float64)
    resample = RESAMPLING_SCHEMES[scheme]
    drawn = Counter(offspring(resample(values, count, rng), len(weights)) for _ in range(2000))
    check_frequencies(drawn, {copies: float(p) for copies, p in LAWS[scheme](weights, count).items()})


@every_scheme
@pytest.mark.parametrize(("n", "count"), [(6, 20), (20, 6), (12, 12)])
def test_the_mean_number_of_copies_is_count_times_the_weight(scheme: ResamplingScheme, n: int, count: int) -> None:
    rng = np.random.default_rng(2)
    weights = rng.gamma(0.5, size=n)
    resample = RESAMPLING_SCHEMES[scheme]
    copies = np.array([offspring(resample(weights, count, rng), n) for _ in range(2000)])
    for i in range(n):
        check_mean(copies[:, i], count * weights[i] / weights.sum(), false_alarm=1e-6 / n)


@given(schemes, weights_lists, counts, seeds)
@invariant
def test_as_many_indices_as_asked_all_of_particles_that_weigh_something(
    scheme: ResamplingScheme, weights: list[float], count: int, seed: int
) -> None:
    ancestors = draw(scheme, weights, count, seed)
    assert ancestors.shape == (count,)
    assert ancestors.dtype == np.int64
    assert all(0 <= ancestor < len(weights) for ancestor in ancestors)
    assert all(weights[ancestor] > 0 for ancestor in ancestors)


@given(schemes, weights_lists, counts, seeds)
@invariant
def test_the_same_seed_gives_the_same_indices_and_weights_stay_untouched(
    scheme: ResamplingScheme, weights: list[float], count: int, seed: int
) -> None:
    array = np.array(weights)
    resample = RESAMPLING_SCHEMES[scheme]
    first = resample(array, count, np.random.default_rng(seed))
    assert array.tolist() == weights
    assert first.tolist() == resample(array, count, np.random.default_rng(seed)).tolist()


@given(schemes, weights_lists, counts, seeds, st.integers(-60, 60))
@invariant
def test_the_unit_of_the_weights_does_not_matter(
    scheme: ResamplingScheme, weights: list[float], count: int, seed: int, exponent: int
) -> None:
    # Scaled by a power of two, so that nothing is rounded differently.
    scaled = [math.ldexp(weight, exponent) for weight in weights]
    assert draw(scheme, weights, count, seed).tolist() == draw(scheme, scaled, count, seed).tolist()


@given(weights_lists, counts, seeds)
@invariant
def test_systematic_copies_are_the_floor_or_the_ceiling_of_their_mean(
    weights: list[float], count: int, seed: int
) -> None:
    copies = offspring(draw(ResamplingScheme.SYSTEMATIC, weights, count, seed), len(weights))
    total = math.fsum(weights)
    for i, weight in enumerate(weights):
        mean = count * weight / total
        assert math.floor(mean - 1e-6) <= copies[i] <= math.ceil(mean + 1e-6)


@given(st.sampled_from([ResamplingScheme.STRATIFIED, ResamplingScheme.SYSTEMATIC]), weights_lists, counts, seeds)
@invariant
def test_one_draw_a_stratum_bounds_the_copies_of_every_leading_group(
    scheme: ResamplingScheme, weights: list[float], count: int, seed: int
) -> None:
    # Of the points below an edge all are certain but the one in the stratum that the edge cuts.
    copies = offspring(draw(scheme, weights, count, seed), len(weights))
    total = math.fsum(weights)
    for i in range(len(weights) + 1):
        mean = count * math.fsum(weights[:i]) / total
        assert math.floor(mean - 1e-6) <= sum(copies[:i]) <= math.ceil(mean + 1e-6)


@given(weights_lists, counts, seeds)
@invariant
def test_stratified_copies_are_at_most_one_beyond_floor_and_ceiling(
    weights: list[float], count: int, seed: int
) -> None:
    copies = offspring(draw(ResamplingScheme.STRATIFIED, weights, count, seed), len(weights))
    total = math.fsum(weights)
    for i, weight in enumerate(weights):
        mean = count * weight / total
        assert math.floor(mean - 1e-6) - 1 <= copies[i] <= math.ceil(mean + 1e-6) + 1


@given(weights_lists, counts, seeds)
@invariant
def test_residual_copies_are_at_least_the_floor_of_their_mean(weights: list[float], count: int, seed: int) -> None:
    copies = offspring(draw(ResamplingScheme.RESIDUAL, weights, count, seed), len(weights))
    total = math.fsum(weights)
    floors = [math.floor(count * weight / total - 1e-6) for weight in weights]
    assert all(copy >= floor for copy, floor in zip(copies, floors, strict=True))


@given(st.integers(1, 40), st.integers(1, 4), seeds)
@invariant
def test_equal_weights_and_a_multiple_of_their_number_leave_nothing_to_chance(n: int, times: int, seed: int) -> None:
    for scheme in (ResamplingScheme.SYSTEMATIC, ResamplingScheme.STRATIFIED, ResamplingScheme.RESIDUAL):
        assert offspring(draw(scheme, [0.1] * n, n * times, seed), n) == (times,) * n


@given(weights_lists, counts, seeds)
@invariant
def test_indices_come_out_in_the_stated_order(weights: list[float], count: int, seed: int) -> None:
    for scheme in (ResamplingScheme.MULTINOMIAL, ResamplingScheme.STRATIFIED, ResamplingScheme.SYSTEMATIC):
        ancestors = draw(scheme, weights, count, seed).tolist()
        assert ancestors == sorted(ancestors)
    ancestors = draw(ResamplingScheme.RESIDUAL, weights, count, seed)
    assert (np.diff(ancestors) < 0).sum() <= 1


@every_scheme
def test_one_particle_is_all_there_is_to_copy(scheme: ResamplingScheme) -> None:
    assert draw(scheme, [0.3], 5, 0).tolist() == [0] * 5


@every_scheme
@pytest.mark.parametrize(
    "weights",
    [
        pytest.param(np.array([0.0, 0.0]), id="all zero"),
        pytest.param(np.array([0.5, -0.1, 0.6]), id="one negative"),
        pytest.param(np.array([0.5, np.nan]), id="one NaN"),
        pytest.param(np.array([0.5, np.inf]), id="one infinite"),
    ],
)
def test_weights_that_are_no_weights_are_refused(scheme: ResamplingScheme, weights: np.ndarray) -> None:
    with pytest.raises(ValueError, match="weights must be at least 0 with a finite sum above 0"):
        RESAMPLING_SCHEMES[scheme](weights, 3, np.random.default_rng(0))


@every_scheme
@pytest.mark.parametrize("weights", [np.zeros(0), np.ones((2, 2)), np.float64(1.0)], ids=["none", "table", "number"])
def test_weights_of_another_shape_are_refused(scheme: ResamplingScheme, weights: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"weights must have shape \(n,\)"):
        RESAMPLING_SCHEMES[scheme](weights, 3, np.random.default_rng(0))


@every_scheme
def test_a_negative_count_is_refused(scheme: ResamplingScheme) -> None:
    with pytest.raises(ValueError, match="count must be 0 or above; got -1"):
        RESAMPLING_SCHEMES[scheme](np.ones(2), -1, np.random.default_rng(0))
