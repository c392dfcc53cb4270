"""Control variates leave the mean alone and take variance away."""

import numpy as np
import pytest
from scipy import stats

from outlay.statistics import ControlVariates
from outlay.testing.false_alarms import FALSE_ALARM, check_mean

GROUPS, DRAWS = 3, 40


def simulated(rng: np.random.Generator) -> ControlVariates:
    """Each group draws u uniform on [0, 1] + group; the target is u squared, controls are u and a copy of it."""
    found = ControlVariates(1, 2)
    for group in range(GROUPS):
        u = rng.random(DRAWS) + group
        known = np.array([group + 0.5, group + 0.5])
        found.add((u**2)[None], np.array([u, u]), known, np.arange(DRAWS) % 2 == 0)
    return found


DUE = np.array([1 / 3 + group + group**2 for group in range(GROUPS)])


def test_it_is_unbiased_and_less_noisy() -> None:
    runs = [simulated(np.random.default_rng(seed)) for seed in range(800)]
    corrected = np.array([run.means()[:, 0] for run in runs])
    plain = np.array([run.plain_means()[:, 0] for run in runs])
    for group in range(GROUPS):
        check_mean(corrected[:, group], DUE[group])
        check_mean(plain[:, group], DUE[group])
    sums = corrected.sum(axis=1).var(ddof=1), plain.sum(axis=1).var(ddof=1)
    # Equal variances would give a ratio as small as this with probability FALSE_ALARM. The true one is 0.25: slopes
    # are 1, 3 and 5, of which all three groups share the middle one.
    assert sums[0] / sums[1] < stats.f.ppf(FALSE_ALARM, len(runs) - 1, len(runs) - 1)
    # The variance that it states is the one that it has: a chi-squared at the same rate.
    stated = float(np.mean([run.variances()[0] for run in runs]))
    low, high = stats.chi2.ppf([FALSE_ALARM / 2, 1 - FALSE_ALARM / 2], len(runs) - 1) / (len(runs) - 1)
    assert 0.9 * low < sums[0] / stated < 1.25 * high


def test_a_target_that_is_a_control_is_known_exactly() -> None:
    rng = np.random.default_rng(0)
    found = ControlVariates(2, 1)
    for _ in range(5):
        u = rng.random(60)
        found.add(np.array([u, 3 * u + 1]), u[None], np.array([0.5]), np.arange(60) >= 30)
    np.testing.assert_allclose(found.means(), [[0.5, 2.5]] * 5)
    np.testing.assert_allclose(found.variances(), 0.0, atol=1e-12)
    assert (found.plain_means() != found.means()).all()


def test_too_few_draws_are_not_corrected() -> None:
    rng = np.random.default_rng(0)
    found = ControlVariates(1, 1)
    u = rng.random(8)
    found.add(u[None], u[None], np.array([0.5]), np.arange(8) >= 4)
    np.testing.assert_allclose(found.means(), found.plain_means())


def test_without_controls_it_is_the_mean() -> None:
    rng = np.random.default_rng(0)
    values = rng.random((2, 50))
    found = ControlVariates(2, 0)
    found.add(values, np.empty((0, 50)), np.empty(0), np.arange(50) >= 20)
    np.testing.assert_allclose(found.means()[0], values.mean(axis=1))


def test_only_the_errors_that_are_wanted_count() -> None:
    rng = np.random.default_rng(0)
    found = ControlVariates(2, 0)
    found.add(rng.random((2, 50)), np.empty((0, 50)), np.empty(0), np.arange(50) >= 25, np.array([True, False]))
    assert found.variances()[0] == pytest.approx(1 / 12 / 50, rel=0.5)
    assert found.variances()[1] == 0


@pytest.mark.parametrize("halves", [np.zeros(4, bool), np.ones(4, bool), np.array([True, False])])
def test_halves_that_are_empty_or_of_other_draws_are_refused(halves: np.ndarray) -> None:
    with pytest.raises(ValueError, match="two halves"):
        ControlVariates(1, 1).add(np.zeros((1, 4)), np.zeros((1, 4)), np.zeros(1), halves)
