"""Counting the votes of many draws at once."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class Ballot(NamedTuple):
    """The votes of (draws, n) samples.

    Attributes:
        weight: (draws, n), for each sample all that its answer weighs; below 0 for one that does not vote.
        heaviest: (draws,), the most that an answer weighs; below 0 where none has a vote.
    """

    weight: FloatArray
    heaviest: FloatArray

    @property
    def winners(self) -> BoolArray:
        """(draws, n) whether each sample gives an answer that no other outweighs."""
        return np.asarray((self.weight == self.heaviest[:, None]) & (self.weight >= 0), np.bool_)


def count(label: IntArray, weights: FloatArray | None, labels: int) -> Ballot:
    """Add up the votes of each draw, in the order drawn.

    Args:
        label: (draws, n) which answer each sample votes for; -1 for none.
        weights: (draws, n), 0 or above; one vote each if None.
        labels: how many answers there are.
    """
    draws = len(label)
    # A cell more for each draw takes the votes for none.
    cells = label + 1 + (labels + 1) * np.arange(draws)[:, None]
    sums = np.bincount(cells.ravel(), None if weights is None else weights.ravel(), draws * (labels + 1))
    totals = sums.astype(np.float64)
    totals[:: labels + 1] = -1.0
    weight = totals[cells]
    fewer = weight if weight.shape[1] <= labels else totals.reshape(draws, labels + 1)
    return Ballot(weight, fewer.max(axis=1))


def first(drawn: IntArray, found: BoolArray) -> IntArray:
    """(draws, n) -> (draws, 1): the first sample of each draw that is found; the very first where none is."""
    return pick(drawn, np.argmax(found, axis=1))


def pick(drawn: IntArray, column: IntArray) -> IntArray:
    """(draws, n), (draws,) -> (draws, 1): of each draw the sample in one column."""
    return drawn[np.arange(len(drawn)), column][:, None]
