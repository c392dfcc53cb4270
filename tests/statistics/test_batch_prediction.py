"""Prediction for a batch: exact coverage over all arrangements, and by simulation."""

import math
from itertools import combinations, combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from outlay.statistics import batch_accuracy_interval, batch_mean_interval, batch_wrong_interval
from outlay.statistics.batch_prediction import rank_sum_quantile

invariant = settings(deadline=None, max_examples=25)
confidences = st.sampled_from([0.5, 0.8, 0.9, 0.95])
every_side = pytest.mark.parametrize("sides", ["both", "upper", "lower"])


def labels(wrong: int, n: int) -> np.ndarray:
    return np.arange(n) >= wrong


@every_side
@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95])
@pytest.mark.parametrize(("n", "m"), [(1, 1), (3, 7), (12, 5), (50, 20), (60, 100)])
def test_the_count_covers_for_every_number_of_wrong_answers(n: int, m: int, confidence: float, sides: str) -> None:
    """Exact: the labelled ones are a random n of n + m of which ``total`` are wrong."""
    found = [batch_wrong_interval(labels(w, n), m, confidence, sides) for w in range(n + 1)]
    for total in range(n + m + 1):
        seen = range(max(0, total - m), min(n, total) + 1)
        covered = [w for w in seen if found[w].low <= total - w <= found[w].high]
        assert stats.hypergeom.pmf(covered, n + m, total, n).sum() >= confidence - 1e-9


@given(st.integers(1, 30), st.integers(1, 30), confidences)
@invariant
def test_a_count_left_out_would_have_been_rejected(n: int, m: int, confidence: float) -> None:
    """No shorter than the two tails allow: each count outside has an observed tail of at most half of what may miss."""
    for wrong in {0, n // 3, n}:
        found = batch_wrong_interval(labels(wrong, n), m, confidence)
        for count in range(m + 1):
            lower = stats.hypergeom.cdf(wrong, n + m, wrong + count, n)
            upper = stats.hypergeom.sf(wrong - 1, n + m, wrong + count, n)
            inside = min(lower, upper) >= (1 - confidence) / 2 - 1e-9
            assert inside == (found.low <= count <= found.high)


def test_the_count_worked_by_hand() -> None:
    # Of 10 + W answers W are wrong and none of them is labelled: C(10, W) / C(20, W) is 0.105 for 3 and 0.043 for 4.
    assert batch_wrong_interval(np.ones(10, np.bool_), 10, 0.9, "upper") == (0, 0, 3)
    assert batch_accuracy_interval(np.ones(10, np.bool_), 10, 0.9, "lower") == pytest.approx((1, 0.7, 1))


@given(st.lists(st.booleans(), min_size=1, max_size=20), st.integers(1, 20), confidences)
@invariant
def test_accuracy_is_the_count_turned_round(flags: list[bool], m: int, confidence: float) -> None:
    right = np.array(flags)
    wrong, accuracy = (f(right, m, confidence) for f in (batch_wrong_interval, batch_accuracy_interval))
    assert accuracy == pytest.approx((1 - wrong.estimate / m, 1 - wrong.high / m, 1 - wrong.low / m))
    mirrored = batch_wrong_interval(~right, m, confidence)
    assert (mirrored.low, mirrored.high) == (m - wrong.high, m - wrong.low)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (4, 1), (1, 5), (3, 4), (6, 4)])
def test_the_quantile_of_the_rank_sum_by_enumeration(n: int, m: int) -> None:
    sums = [sum(ranks) - m * (m - 1) // 2 for ranks in combinations(range(n + m), m)]
    for probability in (0.01, 0.3, 0.5, 0.9, 0.975, 0.999):
        found = rank_sum_quantile(n, m, probability)
        assert np.mean([s <= found for s in sums]) >= probability - 1e-12
        assert np.mean([s <= found - 1 for s in sums]) < probability


@pytest.mark.parametrize(("n", "m"), [(50, 50), (2000, 20), (30, 400), (150, 150)])
def test_the_quantile_of_a_large_rank_sum_is_near_the_normal_one(n: int, m: int) -> None:
    error = math.sqrt(n * m * (n + m + 1) / 12)
    for probability in (0.05, 0.5, 0.9, 0.975):
        expected = n * m / 2 + stats.norm.ppf(probability) * error
        assert rank_sum_quantile(n, m, probability) == pytest.approx(expected, abs=0.01 * error + 1)


@given(
    st.lists(st.integers(0, 6), min_size=7, max_size=7), st.integers(1, 4), confidences,
    st.sampled_from(["both", "upper", "lower"]),
)  # fmt: skip
@invariant
def test_the_mean_is_covered_in_enough_splits(pool: list[int], m: int, confidence: float, sides: str) -> None:
    """Exact: every choice of the new ones from the pool is equally likely, ties and all."""
    values = np.array(pool, np.float64)
    covered = []
    for new in combinations(range(7), m):
        is_new = np.isin(np.arange(7), new)
        found = batch_mean_interval(values[~is_new], m, (0.0, 6.0), confidence, sides)
        covered.append(found.low - 1e-9 <= values[is_new].mean() <= found.high + 1e-9)
    assert np.mean(covered) >= confidence - 1e-12


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5), st.integers(1, 4), confidences)
@invariant
def test_the_bound_is_the_largest_mean_up_to_one_mixed_value(values: list[float], m: int, confidence: float) -> None:
    n = len(values)
    ladder = np.append(np.sort(values), 1.0)
    limit = rank_sum_quantile(n, m, confidence)
    allowed = [c for c in combinations_with_replacement(range(n + 1), m) if sum(c) <= limit]
    best = max(ladder[list(c)].mean() for c in allowed)
    found = batch_mean_interval(np.array(values), m, confidence=confidence, sides="upper").high
    assert best - 1e-9 <= found <= best + np.ptp(ladder) / m + 1e-9


@pytest.mark.parametrize(("n", "m", "repeats"), [(50, 50, 80), (200, 50, 40), (1000, 20, 40), (2000, 10, 40)])
def test_coverage_by_simulation(n: int, m: int, repeats: int) -> None:
    """Each check fails with probability below 1e-6 where the coverage is 0.9."""
    rng = np.random.default_rng(n)
    counts = means = 0
    widths = []
    for _ in range(repeats):
        scores = rng.random(n + m)
        right = rng.random(n + m) < scores
        count = batch_wrong_interval(right[:n], m, 0.9)
        mean = batch_mean_interval(scores[:n], m, confidence=0.9)
        counts += count.low <= (~right[n:]).sum() <= count.high
        means += mean.low <= scores[n:].mean() <= mean.high
        widths.append(mean.high - mean.low)
    assert stats.binom.cdf(counts, repeats, 0.9) > 1e-6
    assert stats.binom.cdf(means, repeats, 0.9) > 1e-6
    normal = 2 * 1.645 * math.sqrt((1 / n + 1 / m) / 12)
    assert np.mean(widths) < 2 * normal


def test_bad_input_is_refused() -> None:
    some = np.ones(3, np.bool_)
    for call in (
        lambda: batch_wrong_interval(some[:0], 1),
        lambda: batch_wrong_interval(some, 0),
        lambda: batch_accuracy_interval(some, 1, 1.0),
    ):
        with pytest.raises(ValueError, match="needs labels, a batch"):
            call()
    with pytest.raises(ValueError, match="sides must"):
        batch_wrong_interval(some, 1, sides="left")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="lie within"):
        batch_mean_interval(np.array([0.5, 1.5]), 2)
    with pytest.raises(ValueError, match="lie within"):
        batch_mean_interval(np.array([0.5, np.nan]), 2)
