"""Taking the sample that ranks highest; of equals the one drawn first."""

import numpy as np
from numpy.typing import NDArray

from outlay.pools.drawing import Drawing, Ladder
from outlay.pools.graded import GradedSamples
from outlay.pools.selections.ballot import pick

IntArray = NDArray[np.int64]


class Ranked:
    """The rule by a rank; its expectation is that of an order statistic.

    Args:
        samples: the N samples of one problem.
        rank: (N,) from 0 without gaps, higher is better.
    """

    def __init__(self, samples: GradedSamples, rank: IntArray) -> None:
        self._rank = rank
        self._ladder = Ladder.of(rank, samples.correct, samples.mass)

    def choose(self, drawn: IntArray) -> IntArray:
        """(draws, n) -> (draws, 1)."""
        return pick(drawn, np.argmax(self._rank[drawn], axis=1))

    def expected(self, drawing: Drawing) -> float:
        """Exact for every drawing."""
        return self._ladder.expected(drawing)
