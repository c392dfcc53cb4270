"""The vote of the few samples that stand first by some order."""

import numpy as np
from numpy.typing import NDArray

from outlay.pools.drawing import Drawing, Ladder
from outlay.pools.graded import GradedSamples
from outlay.pools.selections.ballot import count, first, pick

IntArray = NDArray[np.int64]


class SurestFew:
    """The ``keep`` samples with an answer that rank highest vote; ties go to the one that ranks highest.

    Args:
        samples: of one problem.
        rank: (N,) from 0, higher is better; all without an answer rank alike, below the others.
        keep: how many vote.
    """

    def __init__(self, samples: GradedSamples, rank: IntArray, keep: int) -> None:
        self.keep = keep
        self._samples = samples
        self._below = int(rank.max()) - rank
        self._ladder = Ladder.of(rank, samples.correct, samples.mass)

    def voters(self, drawn: IntArray) -> IntArray:
        """(draws, n) -> (draws, kept) the samples that vote, best first, of equals the one drawn first."""
        if self.keep == 1:
            return pick(drawn, np.argmin(self._below[drawn], axis=1))
        n = drawn.shape[1]
        # The place in the row makes ranks differ, so that a partition is as good as a stable sort.
        keys = self._below[drawn] * n + np.arange(n)
        few = min(self.keep, n)
        places = np.sort(np.partition(keys, few - 1, axis=1)[:, :few], axis=1) % n
        return np.asarray(drawn[np.arange(len(drawn))[:, None], places], np.int64)

    def choose(self, drawn: IntArray) -> IntArray:
        """(draws, n) -> (draws, 1)."""
        voters = self.voters(drawn)
        if self.keep == 1:
            return voters
        ballot = count(self._samples.label[voters], None, self._samples.labels)
        winners = ballot.winners
        return np.where(winners.any(axis=1, keepdims=True), first(voters, winners), drawn[:, :1])

    def expected(self, drawing: Drawing) -> float | None:
        """Exact where one votes."""
        return self._ladder.expected(drawing) if self.keep == 1 else None
