"""Ratios of costs: exact invariances, and intervals that cover as often as they say."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from outlay.statistics import ratio_of_means

COSTS = arrays(np.float64, 6, elements=st.floats(0.1, 1e6))


@given(COSTS, COSTS, st.floats(0.01, 100))
def test_the_other_way_round_it_is_the_inverse_and_units_do_not_matter(
    first: np.ndarray, second: np.ndarray, unit: float
) -> None:
    found = ratio_of_means(first, second)
    back = ratio_of_means(second, first)
    assert found.low <= found.estimate <= found.high
    assert found.estimate == pytest.approx(1 / back.estimate)
    assert (found.low, found.high) == (pytest.approx(1 / back.high), pytest.approx(1 / back.low))
    assert ratio_of_means(unit * first, unit * second) == pytest.approx(found)


def test_a_constant_factor_is_certain() -> None:
    costs = np.array([1.0, 5.0, 2.0])
    assert ratio_of_means(3 * costs, costs) == pytest.approx((3, 3, 3))


def test_one_problem_bounds_nothing() -> None:
    assert ratio_of_means(np.array([4.0]), np.array([2.0])) == (2.0, 0.0, math.inf)


def test_intervals_cover_the_true_ratio() -> None:
    # 2,000 runs at 95%: the share that covers stays within 0.93 to 0.97, 4 standard errors, but once in 16,000 times.
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(2000):
        size = rng.gamma(4.0, size=60)
        first, second = 2 * size * rng.gamma(8.0, 1 / 8, 60), size * rng.gamma(8.0, 1 / 8, 60)
        found = ratio_of_means(first, second)
        covered += found.low <= 2 <= found.high
    assert 0.93 <= covered / 2000 <= 0.97


@pytest.mark.parametrize(
    ("first", "second"),
    [([], []), ([1.0], [1.0, 2.0]), ([0.0, 0.0], [1.0, 1.0]), ([-1.0, 3.0], [1.0, 1.0]), ([math.nan], [1.0])],
)
def test_what_has_no_ratio_is_refused(first: list[float], second: list[float]) -> None:
    with pytest.raises(ValueError, match=r"needs values|values must be"):
        ratio_of_means(np.array(first), np.array(second))
