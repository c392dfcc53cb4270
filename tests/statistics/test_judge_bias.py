"""Biases of judges: judges whose bias is known, closed forms, and coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from outlay.statistics import contrast_consistency, length_bias, position_bias, wilson_interval

invariant = settings(deadline=None, max_examples=60)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30))
@invariant
def test_a_preference_stays_where_both_orders_prefer_the_same_place(rows: list[tuple[bool, bool]]) -> None:
    first, swapped = np.array(rows).T
    found = position_bias(first, swapped)
    assert found.stays == wilson_interval(sum(a == b for a, b in rows), len(rows))
    assert found.first.estimate == pytest.approx((first.mean() + swapped.mean()) / 2)
    assert 0 <= found.first.low <= found.first.estimate + 1e-12
    assert found.first.estimate - 1e-12 <= found.first.high <= 1


def test_judges_whose_bias_is_known() -> None:
    always, never = np.ones(50, np.bool_), np.zeros(50, np.bool_)
    assert position_bias(always, always).stays.estimate == 1
    assert position_bias(always, always).first.estimate == 1
    assert position_bias(never, never).first.estimate == 0
    content = position_bias(always, never)
    assert content.stays.estimate == 0
    assert content.first == (0.5, 0.5, 0.5)


@pytest.mark.parametrize("lean", [0.7, 1.0])
def test_the_interval_of_the_first_place_covers(lean: float) -> None:
    """Stays with probability 0.4, on the first place in a share of these; false-alarm rate 1e-6 at coverage 0.85."""
    rng = np.random.default_rng(1)
    truth = 0.4 * lean + 0.3
    worlds, covered = 600, 0
    for _ in range(worlds):
        stays, first, better = rng.random(120) < 0.4, rng.random(120) < lean, rng.random(120) < 0.5
        found = position_bias(np.where(stays, first, better), np.where(stays, first, ~better), 0.9)
        covered += found.first.low <= truth <= found.first.high
    assert stats.binom.cdf(covered, worlds, 0.85) > 1e-6


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 9), st.booleans()), min_size=4, max_size=25))
@invariant
def test_length_bias_is_the_partial_correlation_of_ranks(rows: list[tuple[float, int, bool]]) -> None:
    scores, lengths, right = np.array(rows).T
    ranks = [stats.rankdata(scores), stats.rankdata(lengths), right]
    found = length_bias(scores, lengths, right > 0, np.random.default_rng(0), resamples=10)
    if any(np.ptp(values) == 0 for values in ranks):
        return
    (_, xy, xz), (_, _, yz), _ = np.corrcoef(ranks)
    if max(abs(xz), abs(yz)) < 1 - 1e-9:
        assert found.estimate == pytest.approx((xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2)), abs=1e-6)


def test_longer_right_answers_are_no_length_bias() -> None:
    rng = np.random.default_rng(2)
    right = rng.random(3000) < 0.5
    lengths = rng.normal(size=3000) + 2 * right
    fair = right + 0.3 * rng.normal(size=3000)
    plain = stats.spearmanr(fair, lengths).statistic
    assert plain > 0.4
    found = length_bias(fair, lengths, right, rng, resamples=200)
    assert abs(found.estimate) < 0.1
    swayed = length_bias(fair + 0.3 * lengths, lengths, right, rng, resamples=200)
    assert swayed.low > 0.4


def test_contrast_consistency_of_judges_that_are_known() -> None:
    rng = np.random.default_rng(3)
    own = np.tile(np.eye(2), (20, 1, 1)) + 0.1 * rng.random((20, 2, 2))
    assert contrast_consistency(own).estimate == 1
    blind = np.repeat(rng.random((20, 1, 2)), 2, axis=1)
    assert contrast_consistency(blind).estimate == 0
    assert contrast_consistency(np.zeros((5, 2, 2))).estimate == 0
    half_right = np.array([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [1.0, 0.0]]])
    assert contrast_consistency(half_right) == wilson_interval(1, 2)


def test_random_scores_have_a_quarter() -> None:
    scores = np.random.default_rng(4).random((4000, 2, 2))
    count = round(contrast_consistency(scores).estimate * 4000)
    assert stats.binomtest(count, 4000, 0.25).pvalue > 1e-6


def test_bad_input_is_refused() -> None:
    rng = np.random.default_rng(0)
    none = np.zeros(0, np.bool_)
    with pytest.raises(ValueError, match="pairs above 0"):
        position_bias(none, none)
    with pytest.raises(ValueError, match="one shape"):
        length_bias(np.zeros(2), np.zeros(2), none, rng)
    with pytest.raises(ValueError, match="NaN"):
        length_bias(np.array([np.nan]), np.zeros(1), np.ones(1, np.bool_), rng)
    with pytest.raises(ValueError, match="pairs, 2, 2"):
        contrast_consistency(np.zeros((3, 2)))
