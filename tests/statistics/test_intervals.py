"""Intervals: against SciPy where it has them, and by their coverage where the truth is known."""

import math
import tracemalloc
from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from outlay.statistics import Interval, bootstrap_interval, clustered_interval, mean_interval, wilson_interval
from outlay.testing.false_alarms import check_frequencies

confidences = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99])
value_lists = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20)
invariant = settings(deadline=None, max_examples=60)

every_bad_confidence = pytest.mark.parametrize("confidence", [0.0, 1.0, -0.5, 95.0, math.nan])
BAD_VALUES = (np.zeros(0), np.zeros((2, 2)), np.array([1.0, math.nan]), np.array([1.0, math.inf]))
every_bad_values = pytest.mark.parametrize("values", BAD_VALUES, ids=["none", "table", "NaN", "infinite"])


def covers(interval: Interval, truth: float) -> bool:
    return interval.low <= truth <= interval.high


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), confidences)
@invariant
def test_wilson_agrees_with_scipy(sample: tuple[int, int], confidence: float) -> None:
    successes, trials = sample
    expected = stats.binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    estimate, low, high = wilson_interval(successes, trials, confidence)
    assert estimate == successes / trials
    assert low == pytest.approx(expected.low, abs=1e-12)
    assert high == pytest.approx(expected.high, abs=1e-12)


@given(st.integers(1, 10**9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), confidences)
@invariant
def test_wilson_is_within_zero_and_one_holds_its_estimate_and_mirrors(
    sample: tuple[int, int], confidence: float
) -> None:
    successes, trials = sample
    estimate, low, high = wilson_interval(successes, trials, confidence)
    assert 0 <= low <= estimate <= high <= 1
    assert low < high
    mirrored = wilson_interval(trials - successes, trials, confidence)
    assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((low, high), abs=1e-9)


def test_wilson_at_the_ends_reaches_them_and_has_width() -> None:
    assert wilson_interval(0, 10).low == 0
    assert wilson_interval(0, 10).high == pytest.approx(0.2775, abs=1e-4)
    assert wilson_interval(10, 10).high == 1


@pytest.mark.parametrize("trials", [20, 100])
def test_wilson_covers_about_as_often_as_it_says_whatever_the_truth(trials: int) -> None:
    """Exactly, by adding up the binomial distribution; no draws, so no false alarms."""
    intervals = [wilson_interval(successes, trials) for successes in range(trials + 1)]
    truths = np.linspace(0.02, 0.98, 97)
    coverage = [
        sum(stats.binom.pmf([s for s, found in enumerate(intervals) if covers(found, truth)], trials, truth))
        for truth in truths
    ]
    assert np.mean(coverage) == pytest.approx(0.95, abs=0.01)
    assert min(coverage) > 0.83


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (-1, 5), (6, 5), (0, -1)])
def test_wilson_refuses_impossible_counts(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match="needs 0 <= successes <= trials with trials above 0"):
        wilson_interval(successes, trials)


@given(value_lists.filter(lambda values: np.ptp(values) > 1e-3), confidences)
@invariant
def test_the_mean_interval_agrees_with_scipy(values: list[float], confidence: float) -> None:
    expected = stats.ttest_1samp(values, 0).confidence_interval(confidence)
    estimate, low, high = mean_interval(np.array(values), confidence)
    assert estimate == pytest.approx(np.mean(values))
    assert (low, high) == pytest.approx((expected.low, expected.high), rel=1e-9, abs=1e-6)


def test_the_mean_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    hits = Counter(covers(mean_interval(values, 0.9), 3.0) for values in rng.normal(3, 2, (2500, 5)))
    check_frequencies(hits, {True: 0.9, False: 0.1})


def test_one_value_bounds_nothing() -> None:
    assert mean_interval(np.array([2.5])) == (2.5, -math.inf, math.inf)
    assert clustered_interval(np.array([2.5]), np.array([7])) == (2.5, -math.inf, math.inf)
    assert clustered_interval(np.array([2.0, 3.0]), np.array([7, 7])) == (2.5, -math.inf, math.inf)


def test_equal_values_leave_no_doubt() -> None:
    values = np.full(6, 0.25)
    assert mean_interval(values) == (0.25, 0.25, 0.25)
    assert clustered_interval(values, np.array([0, 0, 1, 1, 2, 2])) == (0.25, 0.25, 0.25)
    assert bootstrap_interval(values, np.random.default_rng(0)) == (0.25, 0.25, 0.25)


@given(value_lists, confidences)
@invariant
def test_clusters_of_one_value_are_the_plain_interval(values: list[float], confidence: float) -> None:
    array = np.array(values)
    clustered = clustered_interval(array, np.arange(len(values))[::-1], confidence)
    assert clustered == pytest.approx(mean_interval(array, confidence), rel=1e-9, abs=1e-6)


@given(value_lists, st.integers(2, 5), confidences)
@invariant
def test_repeating_every_value_in_its_cluster_adds_no_confidence(
    values: list[float], times: int, confidence: float
) -> None:
    clusters = np.arange(len(values))
    repeated = clustered_interval(np.tile(values, times), np.tile(clusters, times), confidence)
    assert repeated == pytest.approx(mean_interval(np.array(values), confidence), rel=1e-9, abs=1e-6)


def test_clusters_of_different_size_worked_by_hand() -> None:
    # The mean is 2; the totals around it are -1, -1 + 0 and 2; their squares sum to 6; 6 * 3/2 = 9.
    found = clustered_interval(np.array([1.0, 1.0, 2.0, 4.0]), np.array([5, 9, 9, 2]))
    half = stats.t.ppf(0.975, 2) * math.sqrt(9) / 4
    assert found == pytest.approx((2, 2 - half, 2 + half))


def test_the_clustered_interval_covers_as_often_as_it_says_where_the_plain_one_does_not() -> None:
    rng = np.random.default_rng(2)
    clusters = np.repeat(np.arange(8), 4)
    trials = rng.normal(size=(2000, 8)).repeat(4, axis=1) + 0.5 * rng.normal(size=(2000, 32))
    hits = Counter(covers(clustered_interval(values, clusters), 0.0) for values in trials)
    check_frequencies(hits, {True: 0.95, False: 0.05})
    plain = sum(covers(mean_interval(values), 0.0) for values in trials[:500])
    assert plain < 0.85 * 500


def test_bootstrap_resamples_have_their_exact_distribution() -> None:
    values = np.array([0.0, 1.0, 5.0])
    seen: Counter[float] = Counter()

    def spy(rows: np.ndarray) -> np.ndarray:
        means = rows.mean(axis=1)
        if len(rows) > 1:
            seen.update(means.round(6).tolist())
        return means

    bootstrap_interval(values, np.random.default_rng(3), resamples=4000, statistic=spy)
    exact = Counter(round(sum(draw) / 3, 6) for draw in product(values.tolist(), repeat=3))
    assert seen.total() == 4000
    check_frequencies(seen, {mean: ways / 27 for mean, ways in exact.items()})


def test_bootstrap_bounds_are_percentiles_worked_by_hand() -> None:
    # The mean of two draws from 0 and 1 is 0, 0.5 or 1 with probabilities 1/4, 1/2 and 1/4.
    values = np.array([0.0, 1.0])
    rng = np.random.default_rng(4)
    assert bootstrap_interval(values, rng, confidence=0.6) == (0.5, 0, 1)
    assert bootstrap_interval(values, rng, confidence=0.4) == (0.5, 0.5, 0.5)


def test_bootstrap_of_another_statistic() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0, 100.0])
    found = bootstrap_interval(values, np.random.default_rng(5), statistic=lambda rows: np.median(rows, axis=1))
    assert found == (3, 1, 100)


def test_the_bootstrap_covers_about_as_often_as_it_says() -> None:
    """Its percentiles stand for the normal ones, so that the coverage at n = 60 follows from Student's t."""
    rng = np.random.default_rng(6)
    n, trials = 60, 500
    hits = sum(
        covers(bootstrap_interval(values, rng, 0.9, resamples=400), 1.0) for values in rng.normal(1, 1, (trials, n))
    )
    due = 1 - 2 * stats.t.sf(stats.norm.ppf(0.95) * math.sqrt((n - 1) / n), n - 1)
    # Few resamples make percentiles uncertain, which costs up to a hundredth on either side.
    low, high = stats.binom.ppf(5e-7, trials, due - 0.01), stats.binom.isf(5e-7, trials, due + 0.01)
    assert low <= hits <= high


def test_the_same_seed_gives_the_same_bootstrap() -> None:
    values = np.random.default_rng(7).normal(size=30)
    first, second = (bootstrap_interval(values, np.random.default_rng(8)) for _ in range(2))
    assert first == second
    assert first != bootstrap_interval(values, np.random.default_rng(9))


def test_the_bootstrap_of_many_values_stays_within_bounded_memory() -> None:
    values = np.random.default_rng(10).normal(size=500_000)
    tracemalloc.start()
    try:
        bootstrap_interval(values, np.random.default_rng(11), resamples=24)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # All indices at once are 96 MB; a block is 16 MB, and so are its values.
    assert peak < 64e6


@pytest.mark.parametrize("resamples", [0, -1])
def test_the_bootstrap_refuses_to_resample_less_than_once(resamples: int) -> None:
    with pytest.raises(ValueError, match="resamples must be 1 or above"):
        bootstrap_interval(np.ones(3), np.random.default_rng(0), resamples=resamples)


@pytest.mark.parametrize("clusters", [np.zeros(2, np.int64), np.zeros((3, 1), np.int64)])
def test_clusters_of_another_shape_are_refused(clusters: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"clusters must have shape \(3,\)"):
        clustered_interval(np.ones(3), clusters)


@every_bad_values
def test_values_that_have_no_mean_are_refused(values: np.ndarray) -> None:
    message = "values must be finite, of shape"
    with pytest.raises(ValueError, match=message):
        mean_interval(values)
    with pytest.raises(ValueError, match=message):
        bootstrap_interval(values, np.random.default_rng(0))
    with pytest.raises(ValueError, match=message):
        clustered_interval(values, np.zeros(values.shape, np.int64))


@every_bad_confidence
def test_a_confidence_outside_zero_and_one_is_refused(confidence: float) -> None:
    message = "confidence must be between 0 and 1"
    values = np.ones(3)
    with pytest.raises(ValueError, match=message):
        wilson_interval(1, 2, confidence)
    with pytest.raises(ValueError, match=message):
        mean_interval(values, confidence)
    with pytest.raises(ValueError, match=message):
        bootstrap_interval(values, np.random.default_rng(0), confidence)
    with pytest.raises(ValueError, match=message):
        clustered_interval(values, np.arange(3), confidence)
