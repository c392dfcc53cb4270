"""Calibrators: monotone, never certain, and better than what they were given."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from outlay.statistics import IsotonicCalibrator, PlattCalibrator, TemperatureCalibrator, log_loss

Fit = Callable[[np.ndarray, np.ndarray], Callable[[np.ndarray], np.ndarray]]
FITS: list[Fit] = [IsotonicCalibrator.fit, PlattCalibrator.fit, TemperatureCalibrator.fit]
every_fit = pytest.mark.parametrize("fit", FITS, ids=["isotonic", "platt", "temperature"])
invariant = settings(deadline=None, max_examples=40)
score_rows = st.lists(
    st.tuples(st.sampled_from([0.0, 0.5, 1.0]) | st.floats(0, 1), st.booleans()), min_size=1, max_size=30
)


@every_fit
@given(rows=score_rows)
@invariant
def test_each_is_monotone_and_never_certain(fit: Fit, rows: list[tuple[float, bool]]) -> None:
    calibrate = fit(np.array([s for s, _ in rows]), np.array([r for _, r in rows]))
    found = calibrate(np.linspace(0, 1, 101))
    assert (np.diff(found) >= -1e-12).all()
    assert 0 < found[0] <= found[-1] < 1


def too_sure(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores whose log-odds are three times what they should be, and one too high."""
    odds = rng.normal(size=n)
    return expit(3 * odds + 1), rng.random(n) < expit(odds)


@every_fit
@pytest.mark.parametrize("n", [100, 400, 2000])
def test_the_loss_of_new_answers_falls(fit: Fit, n: int) -> None:
    rng = np.random.default_rng(n)
    scores, right = too_sure(rng, n)
    new, truth = too_sure(rng, 4000)
    assert log_loss(fit(scores, right)(new), truth).high < log_loss(new, truth).low


def test_platt_finds_the_line_and_temperature_the_factor() -> None:
    rng = np.random.default_rng(1)
    scores, right = too_sure(rng, 40_000)
    found = PlattCalibrator.fit(scores, right)
    # Six standard errors and more.
    assert found.slope == pytest.approx(1 / 3, abs=0.03)
    assert found.intercept == pytest.approx(-1 / 3, abs=0.08)
    odds = rng.normal(size=40_000)
    turned = TemperatureCalibrator.fit(expit(2.5 * odds), rng.random(40_000) < expit(odds))
    assert turned.temperature == pytest.approx(2.5, abs=0.2)
    assert turned(np.array([0.5, expit(2.5)])) == pytest.approx([0.5, expit(1.0)], abs=0.03)


def test_platt_has_the_least_loss_of_all_lines() -> None:
    rng = np.random.default_rng(2)
    scores, right = too_sure(rng, 300)
    best = PlattCalibrator.fit(scores, right)
    good = right.sum()
    targets = np.where(right, (good + 1) / (good + 2), 1 / (300 - good + 2))

    def loss(line: PlattCalibrator) -> float:
        found = line(scores)
        return float(-np.mean(targets * np.log(found) + (1 - targets) * np.log(1 - found)))

    for slope in (-0.05, 0.05):
        for intercept in (-0.05, 0.05):
            assert loss(best) < loss(PlattCalibrator(best.slope + slope, best.intercept + intercept))


def test_a_verifier_that_is_worse_than_chance_is_made_flat_not_turned_round() -> None:
    scores, right = np.linspace(0.01, 0.99, 200), np.arange(200) < 100
    assert PlattCalibrator.fit(scores, right).slope == 0
    assert IsotonicCalibrator.fit(scores, right)(scores) == pytest.approx(np.full(200, 0.5))
    assert TemperatureCalibrator.fit(scores, right).temperature == pytest.approx(50, rel=1e-3)


def test_isotonic_by_hand() -> None:
    # With a half at each end: 0.5, 0 | 1, 0 | 1, 0.5 are the pools.
    found = IsotonicCalibrator.fit(np.array([0.2, 0.4, 0.6, 0.8]), np.array([False, True, False, True]))
    assert found(np.array([0.0, 0.2])) == pytest.approx([0.25, 0.25])
    assert found(np.array([0.4, 0.6])) == pytest.approx([0.5, 0.5])
    assert found(np.array([0.8, 1.0])) == pytest.approx([0.75, 0.75])
    assert found(np.array([0.3])) == pytest.approx([0.375])


@every_fit
def test_bad_input_is_refused(fit: Fit) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        fit(np.array([1.2]), np.array([True]))
    with pytest.raises(ValueError, match="labels"):
        fit(np.zeros(0), np.zeros(0, np.bool_))


def test_scores_at_the_ends_have_finite_log_odds() -> None:
    assert PlattCalibrator(1.0, 0.0)(np.array([0.0, 1.0])) == pytest.approx([1e-6, 1 - 1e-6])
    assert logit(PlattCalibrator(2.0, 1.0)(np.array([0.5])))[0] == pytest.approx(1.0)
