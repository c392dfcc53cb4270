"""The area that points dominate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from outlay.statistics.hypervolume import hypervolume

SIDE = 6


@given(some.lists(some.tuples(some.integers(-1, SIDE + 1), some.integers(-1, SIDE + 1)), max_size=8))
def test_it_counts_the_cells_that_a_point_dominates(points: list[tuple[int, int]]) -> None:
    cells = sum(
        any(x <= column and y <= row for x, y in points) for column in range(-1, SIDE) for row in range(-1, SIDE)
    )
    assert hypervolume(np.array(points, np.float64).reshape(-1, 2), (SIDE, SIDE)) == cells


def test_only_pairs_of_finite_losses_have_one() -> None:
    for wrong in (np.zeros((2, 3)), np.array([[0.0, np.nan]])):
        with pytest.raises(ValueError, match="shape"):
            hypervolume(wrong, (1, 1))
