"""Powers of weights, and the exponent at which they have a given entropy."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.montecarlo import entropic_exponent, entropy_share, temper

logs = st.lists(st.one_of(st.floats(-30, 30), st.just(-math.inf)), min_size=1, max_size=12)
invariant = settings(deadline=None, max_examples=60)


def test_an_entropy_worked_by_hand() -> None:
    assert entropy_share(np.log([1.0, 1.0, 2.0])) == pytest.approx(1.5 * math.log(2) / math.log(3))
    assert entropy_share(np.array([0.0, -math.inf])) == 0
    assert entropy_share(np.zeros(5)) == 1
    assert entropy_share(np.zeros(1)) == 1
    assert entropy_share(np.full(3, -math.inf)) == 0


def test_powers_worked_by_hand_keep_zero_at_zero() -> None:
    weights = np.array([math.log(4), -math.inf, 0.0])
    assert np.exp(temper(weights, 0.5)) == pytest.approx([2, 0, 1])
    assert np.exp(temper(weights, 0)) == pytest.approx([1, 0, 1])


@given(logs, st.floats(0, 1))
@invariant
def test_the_exponent_is_the_largest_that_keeps_the_entropy(given_logs: list[float], share: float) -> None:
    weights = np.array(given_logs)
    exponent = entropic_exponent(weights, share)
    assert 0 <= exponent <= 1
    if exponent > 0:
        assert entropy_share(temper(weights, exponent)) >= share
    if exponent < 1 - 1e-6:
        assert entropy_share(temper(weights, exponent + 1e-6)) < share


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan])
def test_what_is_no_share_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="entropy share must be from 0 to 1"):
        entropic_exponent(np.zeros(2), share)


@pytest.mark.parametrize("exponent", [-1.0, math.nan])
def test_an_exponent_below_zero_is_refused(exponent: float) -> None:
    with pytest.raises(ValueError, match="exponent must be 0 or above"):
        temper(np.zeros(2), exponent)
