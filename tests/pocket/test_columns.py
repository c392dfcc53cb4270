"""A column's product has the same bits wherever it stands, in whatever layout this machine's linear algebra needs."""

import os
import signal
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.pocket.columns import LAYOUTS, Columns, columns, is_exact
from outlay.pocket.threads import all_at_once
from outlay.pocket.weights import FloatArray

layouts = pytest.mark.parametrize("layout", LAYOUTS, ids=str)


@layouts
@pytest.mark.parametrize("count", [1, 5, 8, 63, 500])
def test_used_columns_hold_the_product(layout: Columns, count: int) -> None:
    rng = np.random.default_rng(count)
    matrix, given = rng.normal(size=(2, 7, 20)), rng.normal(size=(2, 20, count))
    found = layout.product(matrix.astype(np.float32), layout.spread(given.astype(np.float32)))
    assert found.shape == (2, 7, layout.room(count))
    np.testing.assert_allclose(found[..., layout.used(count)], matrix @ given, atol=1e-4)


@layouts
@given(count=st.integers(1, 2000))
@settings(max_examples=50)
def test_there_are_unused_columns_on_both_sides(layout: Columns, count: int) -> None:
    room, used = layout.room(count), layout.used(count)
    assert room % layout.unit == 0
    assert used.start == layout.edge
    assert room - used.stop >= layout.edge
    assert used.stop - used.start == count


def test_the_chosen_layout_is_exact() -> None:
    assert is_exact(columns())


@dataclass(frozen=True, slots=True)
class Spoilt(Columns):
    """A product that differs in the last bit of one column in eight."""

    def product(self, matrix: FloatArray, columns: FloatArray) -> FloatArray:
        """As a library whose kernels change within a block."""
        product = Columns.product(self, matrix, columns)
        product[..., 7::8] = np.nextafter(product[..., 7::8], np.float32(np.inf))
        return product


def test_a_layout_that_depends_on_the_place_is_found_out() -> None:
    assert not is_exact(Spoilt(0, 1, 10_000))


def test_calls_at_once_give_their_results_in_order() -> None:
    assert all_at_once([lambda i=i: i * i for i in range(5)]) == [0, 1, 4, 9, 16]  # type: ignore[misc]


def test_a_failure_in_another_thread_is_raised() -> None:
    def fail() -> int:
        raise ValueError("from afar")

    with pytest.raises(ValueError, match="from afar"):
        all_at_once([lambda: 1, fail])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own() -> None:
    assert all_at_once([int, int]) == [0, 0]
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        os._exit(all_at_once([int, int]) != [0, 0])
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
