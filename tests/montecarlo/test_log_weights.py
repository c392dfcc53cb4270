"""Weights in log space: sums, normalisation and effective sample size, far beyond the range of linear weights."""

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.montecarlo import effective_sample_size, log_mean_exp, log_sum_exp, normalise_log_weights

finite_logs = st.floats(-1e300, 1e300)
moderate_logs = st.floats(-30, 30)
log_lists = st.lists(st.one_of(moderate_logs, finite_logs, st.just(-math.inf)), min_size=1, max_size=20)
possible = log_lists.filter(lambda logs: max(logs) > -math.inf)
invariant = settings(deadline=None, max_examples=60)

FUNCTIONS = (normalise_log_weights, log_sum_exp, log_mean_exp, effective_sample_size)
every_function = pytest.mark.parametrize("function", FUNCTIONS)


def test_a_normalisation_worked_by_hand() -> None:
    weights, log_mean = normalise_log_weights(np.log([1.0, 2.0, 5.0]))
    assert weights == pytest.approx([0.125, 0.25, 0.625])
    assert log_mean == pytest.approx(math.log(8 / 3))


def test_sums_worked_by_hand() -> None:
    logs = np.array([math.log(3), -math.inf, math.log(5)])
    assert log_sum_exp(logs) == pytest.approx(math.log(8))
    assert log_mean_exp(logs) == pytest.approx(math.log(8 / 3))


def test_effective_sample_size_worked_by_hand() -> None:
    assert effective_sample_size(np.log([1.0, 2.0, 3.0])) == pytest.approx(36 / 14)


@given(possible)
@invariant
def test_normalised_weights_are_a_distribution_in_the_order_of_the_log_weights(logs: list[float]) -> None:
    weights, log_mean = normalise_log_weights(np.array(logs))
    assert math.fsum(weights) == pytest.approx(1)
    assert (weights >= 0).all()
    assert all(weights[i] == 0 for i, log in enumerate(logs) if log == -math.inf)
    assert (np.diff(weights[np.argsort(logs)]) >= 0).all()
    assert log_mean == pytest.approx(log_mean_exp(np.array(logs)), rel=1e-12, abs=1e-12)


@given(st.lists(moderate_logs, min_size=1, max_size=20))
@invariant
def test_moderate_weights_agree_with_the_plain_formulas(logs: list[float]) -> None:
    linear = [Fraction(math.exp(log)) for log in logs]
    total = sum(linear)
    array = np.array(logs)
    assert normalise_log_weights(array).weights == pytest.approx([float(weight / total) for weight in linear])
    assert log_sum_exp(array) == pytest.approx(math.log(total), abs=1e-9)
    assert log_mean_exp(array) == pytest.approx(math.log(total / len(logs)), abs=1e-9)
    assert effective_sample_size(array) == pytest.approx(float(total**2 / sum(weight**2 for weight in linear)))


@given(possible)
@invariant
def test_effective_sample_size_is_from_one_to_n(logs: list[float]) -> None:
    assert 1 - 1e-12 <= effective_sample_size(np.array(logs)) <= len(logs) * (1 + 1e-12)


@given(st.integers(1, 50), st.integers(0, 10), finite_logs)
@invariant
def test_equal_weights_count_in_full_and_zero_weights_not_at_all(n: int, impossible: int, log: float) -> None:
    logs = np.array([log] * n + [-math.inf] * impossible)
    assert effective_sample_size(logs) == n
    assert normalise_log_weights(logs).weights == pytest.approx([1 / n] * n + [0] * impossible)
    assert log_sum_exp(logs) == pytest.approx(log + math.log(n))


@given(st.lists(st.integers(-40, 40), min_size=1, max_size=20), st.sampled_from([-1e6, -750.0, 750.0, 1e6]))
@invariant
def test_a_common_factor_beyond_linear_range_moves_only_the_sums(logs: list[int], shift: float) -> None:
    near = np.array(logs, np.float64)
    far = near + shift
    assert normalise_log_weights(far).weights == pytest.approx(normalise_log_weights(near).weights.tolist())
    assert effective_sample_size(far) == pytest.approx(effective_sample_size(near))
    assert log_sum_exp(far) - shift == pytest.approx(log_sum_exp(near), abs=1e-8)
    assert normalise_log_weights(far).log_mean - shift == pytest.approx(log_mean_exp(near), abs=1e-8)


@pytest.mark.parametrize("logs", [[1e300, -1e300], [0.0, -1e5], [-1e5, -1e300], [1e5, 0.0]])
def test_one_weight_may_dwarf_the_others(logs: list[float]) -> None:
    array = np.array(logs)
    assert normalise_log_weights(array).weights.tolist() == [1, 0]
    assert effective_sample_size(array) == 1
    assert log_sum_exp(array) == logs[0]


def test_the_given_array_is_left_as_it_was() -> None:
    logs = np.array([0.5, -math.inf, 2.0])
    for function in FUNCTIONS:
        function(logs)
    assert logs.tolist() == [0.5, -math.inf, 2.0]


@pytest.mark.parametrize("n", [1, 3])
def test_weights_that_are_all_zero_have_sum_zero_and_no_effective_sample(n: int) -> None:
    logs = np.full(n, -math.inf)
    assert log_sum_exp(logs) == -math.inf
    assert log_mean_exp(logs) == -math.inf
    assert effective_sample_size(logs) == 0


@pytest.mark.parametrize("n", [1, 3])
def test_weights_that_are_all_zero_cannot_be_normalised(n: int) -> None:
    with pytest.raises(ValueError, match="all weights are zero"):
        normalise_log_weights(np.full(n, -math.inf))


@every_function
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_no_log_weight_is_refused(function: Callable[[np.ndarray], object], bad: float) -> None:
    with pytest.raises(ValueError, match="finite or -inf; got NaN or"):
        function(np.array([0.0, bad, -math.inf]))


@every_function
@pytest.mark.parametrize("logs", [np.zeros(0), np.zeros((2, 2)), np.array(0.0)], ids=["none", "table", "number"])
def test_log_weights_of_another_shape_are_refused(function: Callable[[np.ndarray], object], logs: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"log weights must have shape \(n,\)"):
        function(logs)
