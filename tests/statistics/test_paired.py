"""Two methods on the same problems: differences, tests and corrections."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from outlay.statistics import clustered_interval, compare_paired, holm, mcnemar
from outlay.testing.false_alarms import check_frequencies

invariant = settings(deadline=None, max_examples=60)

pairs = st.lists(st.tuples(st.floats(-100, 100), st.floats(-100, 100)), min_size=2, max_size=20).filter(
    lambda rows: np.ptp([first - second for first, second in rows]) > 1e-3
)


@given(pairs, st.sampled_from([0.8, 0.95, 0.99]))
@invariant
def test_one_trial_a_problem_is_the_paired_t_test(rows: list[tuple[float, float]], confidence: float) -> None:
    first, second = np.array(rows).T
    expected = stats.ttest_rel(first, second)
    bounds = expected.confidence_interval(confidence)
    found = compare_paired(first, second, confidence=confidence)
    assert found.difference.estimate == pytest.approx(np.mean(first - second), abs=1e-9)
    assert found.difference[1:] == pytest.approx((bounds.low, bounds.high), rel=1e-9, abs=1e-6)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-9)
    assert found.problems == len(rows)


@given(pairs)
@invariant
def test_changing_sides_changes_the_sign_only(rows: list[tuple[float, float]]) -> None:
    first, second = np.array(rows).T
    there, back = compare_paired(first, second), compare_paired(second, first)
    estimate, low, high = there.difference
    assert back.difference == pytest.approx((-estimate, -high, -low), rel=1e-9, abs=1e-6)
    assert back.p_value == pytest.approx(there.p_value, rel=1e-9)
    assert back.detectable == pytest.approx(there.detectable)


@given(pairs, st.integers(2, 4))
@invariant
def test_repeated_trials_of_a_problem_add_no_certainty(rows: list[tuple[float, float]], times: int) -> None:
    first, second = np.array(rows).T
    once = compare_paired(first, second)
    clusters = np.tile(np.arange(len(rows)), times)
    repeated = compare_paired(np.tile(first, times), np.tile(second, times), clusters)
    assert repeated.problems == len(rows)
    assert repeated.difference == pytest.approx(once.difference, rel=1e-9, abs=1e-6)
    assert repeated.p_value == pytest.approx(once.p_value, rel=1e-6)
    assert repeated.detectable == pytest.approx(once.detectable)


def test_the_interval_is_that_of_the_clustered_differences() -> None:
    rng = np.random.default_rng(0)
    first, second, clusters = rng.normal(size=30), rng.normal(size=30), rng.integers(0, 7, 30)
    found = compare_paired(first, second, clusters, 0.9)
    assert found.difference == clustered_interval(first - second, clusters, 0.9)
    assert found.problems == 7


def test_p_values_are_uniform_where_there_is_no_difference() -> None:
    rng = np.random.default_rng(1)
    shared = rng.normal(size=(1500, 10))
    noise = rng.normal(size=(2, 1500, 10))
    found = [compare_paired(shared[i] + noise[0, i], shared[i] + noise[1, i]).p_value for i in range(1500)]
    check_frequencies(Counter(math.floor(4 * p) for p in found), dict.fromkeys(range(4), 0.25))
    assert all(0 <= p <= 1 for p in found)


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_the_p_value_does_not_depend_on_the_confidence_and_fits_the_interval(confidence: float) -> None:
    first, second = np.array([1.0, 2.0, 4.0, 3.0]), np.array([0.5, 2.5, 2.0, 1.0])
    found = compare_paired(first, second, confidence=confidence)
    assert found.p_value == pytest.approx(stats.ttest_rel(first, second).pvalue)
    edge = compare_paired(first, second, confidence=1 - found.p_value)
    assert edge.difference.low == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("n", [5, 20, 200])
def test_the_detectable_difference_is_found_with_probability_four_fifths(n: int) -> None:
    """The power of Student's test at that difference, by the noncentral t distribution; no draws."""
    noise = np.resize([1.0, -1.0], n) + np.linspace(0, 1, n)
    found = compare_paired(noise, np.zeros(n))
    noncentrality = found.detectable / (noise.std(ddof=1) / math.sqrt(n))
    critical = stats.t.ppf(0.975, n - 1)
    power = stats.nct.sf(critical, n - 1, noncentrality) + stats.nct.cdf(-critical, n - 1, noncentrality)
    assert power == pytest.approx(0.8, abs=0.03)


def test_methods_without_any_difference() -> None:
    found = compare_paired(np.array([0.0, 1.0, 1.0]), np.array([0.0, 1.0, 1.0]))
    assert found.difference == (0, 0, 0)
    assert found.p_value == 1
    assert found.detectable == 0


def test_methods_that_differ_by_the_same_everywhere() -> None:
    found = compare_paired(np.array([1.0, 2.0, 3.0]), np.array([0.5, 1.5, 2.5]))
    assert found.difference == (0.5, 0.5, 0.5)
    assert found.p_value == 0


@pytest.mark.parametrize("clusters", [None, np.array([3, 3])])
def test_one_problem_says_nothing(clusters: np.ndarray | None) -> None:
    n = 1 if clusters is None else 2
    found = compare_paired(np.ones(n), np.zeros(n), clusters)
    assert found.difference == (1, -math.inf, math.inf)
    assert (found.p_value, found.problems, found.detectable) == (1, 1, math.inf)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (np.zeros(2), np.zeros(3)),
        (np.zeros(2), np.zeros(())),
        (np.zeros(0), np.zeros(0)),
        (np.zeros((2, 2)), np.zeros((2, 2))),
        (np.array([1.0, math.nan]), np.zeros(2)),
        (np.array([1.0, math.inf]), np.zeros(2)),
    ],
)
def test_what_cannot_be_compared_is_refused(first: np.ndarray, second: np.ndarray) -> None:
    with pytest.raises(ValueError, match="shape"):
        compare_paired(first, second)


def test_clusters_and_confidence_out_of_place_are_refused() -> None:
    with pytest.raises(ValueError, match="clusters must have shape"):
        compare_paired(np.zeros(3), np.zeros(3), np.zeros(2, np.int64))
    with pytest.raises(ValueError, match="confidence must be between 0 and 1"):
        compare_paired(np.zeros(3), np.zeros(3), confidence=1.0)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40))
@invariant
def test_mcnemar_is_the_binomial_test_of_the_pairs_that_differ(rows: list[tuple[bool, bool]]) -> None:
    first, second = np.array(rows).T
    only_first = rows.count((True, False))
    only_second = rows.count((False, True))
    different = only_first + only_second
    expected = stats.binomtest(only_first, different).pvalue if different else 1.0
    assert mcnemar(first, second) == pytest.approx(expected)
    assert mcnemar(second, first) == pytest.approx(expected)


def test_mcnemar_worked_by_hand() -> None:
    first = np.array([True] * 7 + [False] + [True] * 20)
    second = np.array([False] * 7 + [True] + [True] * 20)
    # Seven against one: 2 * (1 + 8) / 2**8.
    assert mcnemar(first, second) == pytest.approx(18 / 256)


def test_mcnemar_without_pairs_that_differ_is_one() -> None:
    assert mcnemar(np.array([True, False]), np.array([True, False])) == 1
    assert mcnemar(np.zeros(0, np.bool_), np.zeros(0, np.bool_)) == 1


def test_mcnemar_refuses_other_shapes() -> None:
    with pytest.raises(ValueError, match="both need the same shape"):
        mcnemar(np.zeros(2, np.bool_), np.zeros(3, np.bool_))


def test_holm_worked_by_hand() -> None:
    # Sorted 0.005, 0.01, 0.03, 0.04, times 4, 3, 2, 1: the last would fall below the one before it.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_of_none_one_and_large_p_values() -> None:
    assert holm([]) == []
    assert holm([0.2]) == [0.2]
    assert holm([0.9, 0.6, 0.5]) == [1, 1, 1]
    assert holm([0.01, 0.01, 0.8]) == pytest.approx([0.03, 0.03, 0.8])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
@invariant
def test_holm_lies_between_no_correction_and_bonferroni_and_keeps_the_order(p_values: list[float]) -> None:
    corrected = holm(p_values)
    for before, after in zip(p_values, corrected, strict=True):
        assert before <= after <= min(1.0, len(p_values) * before)
    ranked = [after for _, after in sorted(zip(p_values, corrected, strict=True))]
    assert ranked == sorted(ranked)
    assert min(corrected) == pytest.approx(min(1.0, len(p_values) * min(p_values)))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0.001, 0.999))
@invariant
def test_holm_rejects_what_its_stepwise_procedure_rejects(p_values: list[float], level: float) -> None:
    rejected: set[int] = set()
    for rank, position in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if min(1.0, (len(p_values) - rank) * p_values[position]) > level:
            break
        rejected.add(position)
    assert {position for position, p in enumerate(holm(p_values)) if p <= level} == rejected
