"""The identity of residuals around a split, as derived; and where it says nothing."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from outlay.statistics import SplitPoint, binary_discrepancy, split_residuals
from outlay.testing.false_alarms import check_mean

invariant = settings(deadline=None, max_examples=100)
value_lists = st.lists(st.integers(-50, 50).map(float), min_size=2, max_size=30)


@given(value_lists)
@invariant
def test_at_the_mean_the_total_is_the_harmonic_mean(values: list[float]) -> None:
    array = np.array(values)
    assume(np.ptp(array) > 0 and (np.abs(array - array.mean()) > 1e-9).all())
    found = split_residuals(array, float(array.mean()))
    assert found.total == pytest.approx(found.harmonic_mean)
    assert found.relative_discrepancy == pytest.approx(0, abs=1e-9)


@given(value_lists, st.floats(-60, 60))
@invariant
def test_elsewhere_it_is_off_by_the_shift_times_the_asymmetry(values: list[float], split: float) -> None:
    array = np.array(values)
    assume((np.abs(array - split) > 1e-6).all())
    found = split_residuals(array, split)
    shift = array.mean() - split
    if math.isnan(found.upper) or math.isnan(found.lower):
        assert found.discrepancy == pytest.approx(shift**2)
        assert found.relative_discrepancy == 1
        return
    gap, both = found.upper - found.lower, found.upper + found.lower
    assert found.total == pytest.approx(found.harmonic_mean + shift * gap / both)
    assert found.discrepancy == pytest.approx(abs(shift * gap), abs=1e-8)


def test_values_at_the_split_are_left_out() -> None:
    # With the zeros in, the total would be 4/3 although 3 splits nothing: the identity fails by their share.
    assert split_residuals(np.array([0.0, 3.0, 3.0, 3.0, 4.0, 5.0]), 3.0) == SplitPoint(2.0, 1.5, 3.0)
    assert split_residuals(np.array([0.0, 3.0, 3.0, 3.0, 4.0, 5.0]), 3.0).harmonic_mean == 2.0
    everywhere = split_residuals(np.array([3.0, 3.0]), 3.0)
    assert (everywhere.total, everywhere.harmonic_mean) == (0.0, 0.0)
    assert (everywhere.discrepancy, everywhere.relative_discrepancy) == (0.0, 0.0)


def test_a_shift_of_a_symmetric_sample_is_not_seen_and_of_a_skewed_one_is() -> None:
    symmetric = np.array([-3.0, -1.0, 1.0, 3.0])
    assert split_residuals(symmetric, 0.0).discrepancy == 0
    # Around 0.5: above (0.5 + 2.5) / 2 = 1.5, below (3.5 + 1.5) / 2 = 2.5: off centre, so no longer alike.
    assert split_residuals(symmetric, 0.5).discrepancy == pytest.approx(0.5)
    two = np.array([-1.0, -1.0, -1.0, 1.0])
    assert split_residuals(two, 0.0).discrepancy == 0
    assert split_residuals(two, -0.5).discrepancy == pytest.approx(0)
    assert split_residuals(two, -0.2).discrepancy == pytest.approx(0.3 * 0.4)


def test_the_rate_of_binary_labels_by_the_closed_form() -> None:
    for rate in (0.25, 0.5, 0.75):
        right = np.arange(100) < 100 * rate
        for q in (0.1, 0.5, 0.8):
            found = binary_discrepancy(np.full(100, q), right)
            assert found.estimate == pytest.approx((rate - q) * (1 - 2 * q))


def test_calibrated_scores_have_none_too_sure_ones_a_positive_and_timid_ones_a_negative_one() -> None:
    rng = np.random.default_rng(5)
    truth = rng.random(40_000)
    right = rng.random(40_000) < truth
    check_mean(np.abs(right - truth) - 2 * truth * (1 - truth), 0.0)
    # Twelve standard errors and more from zero.
    assert binary_discrepancy(np.clip(2 * truth - 0.5, 0, 1), right).low > 0.01
    assert binary_discrepancy(0.25 + truth / 2, right).high < -0.01


def test_clusters_widen_the_interval() -> None:
    rng = np.random.default_rng(6)
    problems = np.repeat(np.arange(30), 20)
    q = np.full(600, 0.9)
    right = np.repeat(rng.random(30) < 0.9, 20)
    alone, clustered = binary_discrepancy(q, right), binary_discrepancy(q, right, problems)
    assert clustered.estimate == alone.estimate
    assert clustered.high - clustered.low > 3 * (alone.high - alone.low)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        split_residuals(np.zeros(0), 0.0)
    with pytest.raises(ValueError, match="finite"):
        split_residuals(np.array([1.0, np.nan]), 0.0)
    with pytest.raises(ValueError, match="finite"):
        split_residuals(np.array([1.0]), math.inf)
    with pytest.raises(ValueError, match="between 0 and 1"):
        binary_discrepancy(np.array([1.5]), np.array([True]))
    with pytest.raises(ValueError, match="between 0 and 1"):
        binary_discrepancy(np.array([0.5]), np.array([True, False]))
