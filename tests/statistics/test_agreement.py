"""Agreement of verifiers: closed forms, SciPy, and coverage."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from outlay.statistics import cohen_kappa, error_correlation, score_correlation

invariant = settings(deadline=None, max_examples=60)
verdict_pairs = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=30)


@given(verdict_pairs)
@invariant
def test_kappa_is_agreement_beyond_that_of_shuffled_verdicts(rows: list[tuple[int, int]]) -> None:
    first, second = np.array(rows).T
    found = cohen_kappa(first, second)
    # All pairs of one verdict of each judge: what independent judges with the same habits would do.
    chance = np.mean([a == b for a in first for b in second])
    if chance == 1:
        assert math.isnan(found.estimate)
        assert (found.low, found.high) == (-1, 1)
    else:
        assert found.estimate == pytest.approx((np.mean(first == second) - chance) / (1 - chance))
        assert -1 <= found.low <= found.estimate + 1e-12
        assert found.estimate - 1e-12 <= found.high <= 1


def test_the_variance_of_kappa_by_the_delta_method() -> None:
    """The same interval from numerical derivatives of kappa by the cells of the table."""
    table = np.array([[40.0, 9.0], [4.0, 27.0]])
    n = table.sum()

    def kappa(cells: np.ndarray) -> float:
        p = cells / cells.sum()
        chance = p.sum(axis=1) @ p.sum(axis=0)
        return float((np.trace(p) - chance) / (1 - chance))

    slopes = np.array([(kappa(table + 1e-4 * e) - kappa(table - 1e-4 * e)) / 2e-4 for e in np.eye(4).reshape(4, 2, 2)])
    share = table.ravel() / n
    error = math.sqrt(n * (share @ slopes**2 - (share @ slopes) ** 2))
    first = np.repeat([0, 0, 1, 1], table.ravel().astype(int))
    second = np.repeat([0, 1, 0, 1], table.ravel().astype(int))
    found = cohen_kappa(first, second, 0.9)
    assert found.estimate == pytest.approx(kappa(table))
    assert found.high - found.estimate == pytest.approx(stats.norm.ppf(0.95) * error, rel=1e-4)


def test_the_interval_of_kappa_covers() -> None:
    """Judges that copy the label with probability 0.6 and else toss a coin: kappa is 0.36. False alarms 1e-6."""
    rng = np.random.default_rng(1)
    worlds, covered = 800, 0
    for _ in range(worlds):
        label = rng.integers(0, 2, 150)
        first, second = (np.where(rng.random(150) < 0.6, label, rng.integers(0, 2, 150)) for _ in range(2))
        found = cohen_kappa(first, second, 0.9)
        covered += found.low <= 0.36 <= found.high
    assert stats.binom.cdf(covered, worlds, 0.87) > 5e-7
    assert stats.binom.sf(covered - 1, worlds, 0.93) > 5e-7


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3).map(float)), min_size=3, max_size=20))
@invariant
def test_the_correlation_of_scores_is_spearmans(rows: list[tuple[float, float]]) -> None:
    first, second = np.array(rows).T
    found = score_correlation(first, second, np.random.default_rng(0), resamples=20)
    varies = len(set(first)) > 1 and len(set(second)) > 1
    expected = stats.spearmanr(first, second).statistic if varies else 0.0
    assert found.estimate == pytest.approx(expected, abs=1e-9)
    assert -1 - 1e-9 <= found.low <= found.high <= 1 + 1e-9


def test_the_interval_of_the_correlation_covers() -> None:
    """Normal pairs with correlation 0.6: Spearman's is 6 / pi asin(0.3). False-alarm rate 1e-6 at coverage 0.85."""
    rng = np.random.default_rng(2)
    truth = 6 / math.pi * math.asin(0.3)
    worlds, covered = 200, 0
    for _ in range(worlds):
        first = rng.normal(size=100)
        found = score_correlation(first, 0.6 * first + 0.8 * rng.normal(size=100), rng, 0.9, 200)
        covered += found.low <= truth <= found.high
    assert stats.binom.cdf(covered, worlds, 0.85) > 1e-6


def test_good_verifiers_agree_although_their_errors_do_not() -> None:
    rng = np.random.default_rng(3)
    right = rng.random(2000) < 0.5
    shared = rng.normal(size=2000)
    apart = [right + 0.5 * rng.normal(size=2000) for _ in range(2)]
    together = [right + 0.5 * shared, right + 0.5 * shared + 0.1 * rng.normal(size=2000)]
    assert score_correlation(*apart, rng, resamples=100).low > 0.4
    independent = error_correlation(*apart, right, rng, resamples=100)
    assert abs(independent.estimate) < 5 / math.sqrt(2000)
    assert error_correlation(*together, right, rng, resamples=100).low > 0.9
    # Timid scores, all near a half, are off by the label alone; that is no error in common.
    timid = [0.5 + 0.01 * right + 0.01 * rng.normal(size=2000) for _ in range(2)]
    assert abs(error_correlation(*timid, right, rng, resamples=100).estimate) < 5 / math.sqrt(2000)


def test_bad_input_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="same shape"):
        cohen_kappa(np.zeros(2, np.int64), np.zeros(3, np.int64))
    with pytest.raises(ValueError, match="confidence"):
        cohen_kappa(np.zeros(2, np.int64), np.ones(2, np.int64), 1.0)
    with pytest.raises(ValueError, match="same shape"):
        score_correlation(np.zeros(0), np.zeros(0), rng)
    with pytest.raises(ValueError, match="NaN"):
        score_correlation(np.array([np.nan]), np.zeros(1), rng)
    with pytest.raises(ValueError, match="same shape"):
        error_correlation(np.zeros(2), np.zeros(2), np.zeros(3, np.bool_), rng)
