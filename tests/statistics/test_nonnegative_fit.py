"""A linear form with coefficients of 0 or above: exact where there is no noise, and intervals that cover."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from outlay.statistics import nonnegative_fit
from outlay.testing.false_alarms import FALSE_ALARM

invariant = settings(deadline=None, max_examples=60)
amounts = st.floats(0, 100)


def design(n: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.column_stack([np.ones(n), rng.uniform(1, 1000, n), rng.uniform(1, 50, n)])


@given(st.tuples(amounts, amounts, amounts), st.integers(4, 30), st.integers(0, 100))
@invariant
def test_an_exact_form_is_found(truth: tuple[float, float, float], n: int, seed: int) -> None:
    rows = design(n, seed)
    found = nonnegative_fit(rows, rows @ np.array(truth))
    assert [one.estimate for one in found.coefficients] == pytest.approx(truth, rel=1e-6, abs=1e-6)
    assert found.deviation == pytest.approx(0, abs=1e-6)


@given(st.lists(st.floats(-100, 100), min_size=6, max_size=6))
@invariant
def test_no_coefficient_is_negative_and_each_lies_in_its_interval(response: list[float]) -> None:
    found = nonnegative_fit(design(6), np.array(response))
    for estimate, low, high in found.coefficients:
        assert 0 <= low <= estimate <= high


def test_where_no_bound_matters_it_is_ordinary_least_squares() -> None:
    rng = np.random.default_rng(2)
    rows = np.column_stack([np.ones(20), np.arange(20.0)])
    response = rows @ np.array([5.0, 2.0]) + rng.normal(size=20)
    found = nonnegative_fit(rows, response, 0.9).coefficients
    line = stats.linregress(rows[:, 1], response)
    half = stats.t.ppf(0.95, 18) * line.stderr
    assert found[1] == pytest.approx((line.slope, line.slope - half, line.slope + half))
    half = stats.t.ppf(0.95, 18) * line.intercept_stderr
    assert found[0] == pytest.approx((line.intercept, line.intercept - half, line.intercept + half))


def test_intervals_cover_the_true_coefficients() -> None:
    rng = np.random.default_rng(3)
    rows, truth = design(12), np.array([20.0, 0.5, 3.0])
    covered = np.zeros(3, int)
    for _ in range(1000):
        found = nonnegative_fit(rows, rows @ truth + rng.normal(scale=2, size=12)).coefficients
        covered += [low <= true <= high for (_, low, high), true in zip(found, truth, strict=True)]
    for count in covered:
        assert 2 * min(stats.binom.cdf(count, 1000, 0.95), stats.binom.sf(count - 1, 1000, 0.95)) >= FALSE_ALARM / 3


@pytest.mark.parametrize(
    ("rows", "response", "said"),
    [
        (np.ones((3, 3)), np.ones(3), "more rows than columns"),
        (np.ones(3), np.ones(3), "more rows than columns"),
        (np.ones((4, 1)), np.ones(3), "more rows than columns"),
        (np.ones((4, 2)), np.ones(4), "depend on each other"),
        (np.column_stack([np.ones(4), np.zeros(4)]), np.ones(4), "depend on each other"),
        (np.full((4, 1), np.nan), np.ones(4), "finite"),
    ],
)
def test_what_cannot_be_fitted_is_refused(rows: np.ndarray, response: np.ndarray, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        nonnegative_fit(rows, response)
