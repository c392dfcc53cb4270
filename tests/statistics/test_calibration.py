"""Calibration figures: by hand, and by simulation where the truth is known; the interval of the area under the ROC."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from outlay.statistics import (
    area_under_roc,
    area_under_roc_interval,
    brier_score,
    calibration_curve,
    expected_calibration_error,
    log_loss,
    wilson_interval,
)

invariant = settings(deadline=None, max_examples=60)
score_rows = st.lists(
    st.tuples(st.sampled_from([0.0, 0.25, 0.5, 1.0]) | st.floats(0, 1), st.booleans()), min_size=1, max_size=30
)
binnings = st.sampled_from(["width", "mass"])


@given(score_rows, st.integers(1, 12), binnings)
@invariant
def test_the_curve_keeps_every_answer_and_equal_scores_together(
    rows: list[tuple[float, bool]], bins: int, binning: str
) -> None:
    scores, right = np.array([s for s, _ in rows]), np.array([r for _, r in rows])
    curve = calibration_curve(scores, right, bins, binning)
    assert curve.count.sum() == len(rows)
    assert (curve.count > 0).all()
    assert curve.count @ curve.score == pytest.approx(scores.sum())
    assert curve.count @ curve.rate == pytest.approx(right.sum())
    assert (np.diff(curve.score) > 0).all()
    assert len(curve.count) <= min(bins, len(set(scores)))
    assert ((curve.low <= curve.rate) & (curve.rate <= curve.high)).all()


def test_bins_of_width_and_of_mass_by_hand() -> None:
    scores = np.array([0.0, 0.1, 0.1, 0.1, 0.95, 1.0])
    right = np.array([False, False, True, False, True, True])
    width = calibration_curve(scores, right, 2, "width")
    assert width.count.tolist() == [4, 2]
    assert width.score == pytest.approx([0.075, 0.975])
    assert width.rate == pytest.approx([0.25, 1.0])
    assert (width.low[0], width.high[0]) == wilson_interval(1, 4)[1:]
    assert calibration_curve(scores, right, 3, "mass").count.tolist() == [4, 2]
    assert calibration_curve(np.arange(6) / 6, right, 3, "mass").count.tolist() == [2, 2, 2]


def test_the_noise_of_a_calibrated_verifier_is_taken_off_in_part() -> None:
    """Margins of six standard errors and more; the interval holds 0 but for one in twenty, so 120 of 150 is sure."""
    rng = np.random.default_rng(1)
    found, plain = [], []
    for _ in range(150):
        scores = rng.random(200)
        right = rng.random(200) < scores
        found.append(expected_calibration_error(scores, right, rng, resamples=100))
        curve = calibration_curve(scores, right, 10, "mass")
        plain.append(np.abs(curve.rate - curve.score) @ curve.count / 200)
    assert np.mean([f.estimate for f in found]) < 0.7 * np.mean(plain)
    assert sum(f.low == 0 for f in found) >= 120


@pytest.mark.parametrize("shift", [0.0, 0.1, 0.3])
def test_the_interval_of_the_error_covers_and_the_estimate_is_near(shift: float) -> None:
    """Scores on ten levels that are ``shift`` too high, the rate never below 0: the binned error is known exactly."""
    rng = np.random.default_rng(2)
    levels = (np.arange(10) + 0.5) / 10
    rates = np.maximum(levels - shift, 0)
    truth = float(np.mean(levels - rates))
    covered, estimates = 0, []
    for _ in range(200):
        index = rng.integers(0, 10, 500)
        right = rng.random(500) < rates[index]
        found = expected_calibration_error(levels[index], right, rng, 10, "width", 0.9, 100)
        covered += found.low <= truth <= found.high
        estimates.append(found.estimate)
    assert stats.binom.cdf(covered, 200, 0.9) > 1e-6
    assert abs(np.mean(estimates) - truth) < (0.03 if shift == 0 else 0.01)


@given(score_rows)
@invariant
def test_brier_and_log_loss_are_means_over_answers(rows: list[tuple[float, bool]]) -> None:
    scores, right = np.array([s for s, _ in rows]), np.array([r for _, r in rows])
    assert brier_score(scores, right).estimate == pytest.approx(np.mean([(s - r) ** 2 for s, r in rows]))
    inner = np.clip(scores, 0.01, 0.99)
    expected = np.mean([-math.log(s if r else 1 - s) for s, r in zip(inner, right, strict=True)])
    assert log_loss(inner, right).estimate == pytest.approx(expected)


def test_problems_widen_the_intervals() -> None:
    rng = np.random.default_rng(3)
    problems = np.repeat(np.arange(30), 20)
    scores, right = np.full(600, 0.7), np.repeat(rng.random(30) < 0.7, 20)
    for figure in (brier_score, log_loss):
        alone, clustered = figure(scores, right), figure(scores, right, problems)
        assert clustered.estimate == alone.estimate
        assert clustered.high - clustered.low > 3 * (alone.high - alone.low)


def test_a_certain_score_on_the_wrong_side_has_no_finite_loss() -> None:
    with pytest.raises(ValueError, match="finite"):
        log_loss(np.array([1.0, 0.5]), np.array([False, True]))


def test_the_interval_of_the_area_covers() -> None:
    """Normal scores one apart: the area is Phi(1 / sqrt 2). False-alarm rate 5e-7 on each side of 0.86 to 0.94."""
    rng = np.random.default_rng(4)
    truth = stats.norm.cdf(1 / math.sqrt(2))
    covered = 0
    for _ in range(600):
        right = np.arange(80) < 30
        found = area_under_roc_interval(rng.normal(size=80) + right, right, 0.9)
        covered += found.low <= truth <= found.high
    assert stats.binom.cdf(covered, 600, 0.86) > 5e-7
    assert stats.binom.sf(covered - 1, 600, 0.94) > 5e-7


def test_the_interval_of_the_area_from_the_table_of_pairs() -> None:
    rng = np.random.default_rng(5)
    good, bad = rng.integers(1, 8, 7).astype(float), rng.integers(0, 6, 30).astype(float)
    won = (good[:, None] > bad) + 0.5 * (good[:, None] == bad)
    error = math.sqrt(won.mean(axis=1).var(ddof=1) / 7 + won.mean(axis=0).var(ddof=1) / 30)
    area = won.mean()
    odds = math.log(area / (1 - area)) + 1.6448536 * error / (area * (1 - area))
    found = area_under_roc_interval(np.concatenate([good, bad]), np.arange(37) < 7, 0.9)
    assert found.estimate == pytest.approx(area)
    assert found.high == pytest.approx(1 / (1 + math.exp(-odds)))


@given(score_rows)
@invariant
def test_the_interval_of_the_area_holds_it(rows: list[tuple[float, bool]]) -> None:
    scores, right = np.array([s for s, _ in rows]), np.array([r for _, r in rows])
    found, turned = area_under_roc_interval(scores, right), area_under_roc_interval(-scores, right)
    area = area_under_roc(scores, right)
    assert found.estimate == pytest.approx(area, nan_ok=True)
    assert 0 <= found.low <= found.high <= 1
    if not math.isnan(area):
        assert found.low - 1e-12 <= area <= found.high + 1e-12
        if area in {0.0, 1.0}:
            assert turned[1:] == pytest.approx((1 - found.high, 1 - found.low))


def test_all_pairs_in_order_still_leave_doubt() -> None:
    found = area_under_roc_interval(np.arange(10.0), np.arange(10) > 5)
    assert found == (1.0, wilson_interval(4, 4).low, 1.0)


def test_bad_input_is_refused() -> None:
    scores, right = np.array([0.2, 0.4]), np.array([True, False])
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="labels"):
        calibration_curve(scores, right[:1])
    with pytest.raises(ValueError, match="between 0 and 1"):
        brier_score(np.array([0.2, np.nan]), right)
    with pytest.raises(ValueError, match="1 bin or more"):
        calibration_curve(scores, right, 0)
    with pytest.raises(ValueError, match="width or mass"):
        calibration_curve(scores, right, 3, "size")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="resamples"):
        expected_calibration_error(scores, right, rng, resamples=0)
