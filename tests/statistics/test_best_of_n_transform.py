"""Rewards made for best-of-N, against closed forms and draws."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.statistics import best_of_n_win_rate, calibrated_reward, exponential_transform
from outlay.testing.false_alarms import check_mean

invariant = settings(deadline=None, max_examples=60)


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=12), st.integers(-4, 4))
@invariant
def test_the_calibrated_reward_is_the_chance_to_beat_a_base_sample(base: list[int], reward: int) -> None:
    expected = np.mean([(reward > b) + 0.5 * (reward == b) for b in base])
    found = calibrated_reward(np.array([float(reward)]), np.array(base, np.float64))
    assert found == pytest.approx([expected])


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=12))
@invariant
def test_the_scale_of_the_reward_does_not_matter_and_its_mean_is_a_half(base: list[float]) -> None:
    rewards = np.round(base, 3)
    found = calibrated_reward(rewards, rewards)
    assert calibrated_reward(rewards**3 * 8, rewards**3 * 8) == pytest.approx(found)
    assert found.mean() == pytest.approx(0.5)


@pytest.mark.parametrize("t", [-10.0, -1.0, 0.0, 1.0, 10.0])
def test_every_transformation_rises(t: float) -> None:
    assert (np.diff(exponential_transform(np.linspace(0, 1, 50), t)) > 0).all()


def test_no_reward_is_no_change() -> None:
    for n in (1, 4, 32):
        found = best_of_n_win_rate(np.zeros_like, n, 1.0)
        assert found.win_rate == pytest.approx(0.5, abs=1e-4)
        assert found.divergence == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("beta", [0.3, 1.0, 3.0])
def test_best_of_one_with_the_reward_itself_by_its_closed_form(beta: float) -> None:
    """The density is exp(u / beta) / Z: its mean and divergence are those of a truncated exponential."""
    rate = 1 / beta
    z = math.expm1(rate) / rate
    mean = 1 / -math.expm1(-rate) - 1 / rate
    found = best_of_n_win_rate(lambda u: u, 1, beta)
    assert found.win_rate == pytest.approx(mean, abs=1e-6)
    assert found.divergence == pytest.approx(rate * mean - math.log(z), abs=1e-6)


def test_the_win_rate_of_logarithmic_reward_by_its_closed_form() -> None:
    """T = log u and beta = 1 / a: F(u) = u^(a + 1), so the best of N wins with probability (a + 1) / (a + 2)."""
    for n in (1, 3, 16):
        found = best_of_n_win_rate(lambda u: np.log(np.maximum(u, 1e-300)), n, 0.5)
        assert found.win_rate == pytest.approx(3 / 4, abs=1e-3)


def test_the_win_rate_against_draws() -> None:
    rng = np.random.default_rng(1)
    n, beta, t = 4, 20.0, 4.0
    expected = best_of_n_win_rate(lambda u: exponential_transform(u, t), n, beta).win_rate
    weights = np.exp(exponential_transform(np.linspace(0, 1, 20_001), t) / beta)
    reached = np.cumsum(weights) / weights.sum()
    aligned = np.interp(rng.random((20_000, n)), reached, np.linspace(0, 1, 20_001)).max(axis=1)
    check_mean(aligned > rng.random((20_000, n)).max(axis=1), expected, allowance=1e-4)


def at_divergence(t: float, n: int, divergence: float) -> float:
    """Win rate of the family's member at a given divergence, by bisection on beta."""
    low, high = 1e-2, 1e6
    for _ in range(80):
        middle = math.sqrt(low * high)
        found = best_of_n_win_rate(lambda u: exponential_transform(u, t), n, middle)
        low, high = (middle, high) if found.divergence > divergence else (low, middle)
    return found.win_rate


def test_at_the_same_divergence_the_exponential_beats_the_plain_reward_under_best_of_n_and_not_without() -> None:
    assert at_divergence(5.0, 4, 0.5) > at_divergence(0.0, 4, 0.5) + 0.003
    assert at_divergence(5.0, 1, 0.5) < at_divergence(0.0, 1, 0.5)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="base rewards"):
        calibrated_reward(np.zeros(1), np.zeros(0))
    with pytest.raises(ValueError, match="between 0 and 1"):
        exponential_transform(np.array([2.0]), 1.0)
    with pytest.raises(ValueError, match="beta above 0"):
        best_of_n_win_rate(lambda u: u, 0, 1.0)
