"""``best_of_majority``: of the answers that are frequent enough, the k that a verifier scores highest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.core.errors import InvalidSettingError
from outlay.pools.drawing import Drawing, ranks
from outlay.pools.graded import GradedSamples
from outlay.pools.selections.ballot import count, first, pick
from outlay.pools.selections.selection import NOTHING, SelectionInfo
from outlay.pools.selections.weighted_vote import verdict_columns

IntArray = NDArray[np.int64]
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class BestOfMajority:
    """A verifier's favourites among frequent answers, as the strategy of this name; right if one of the k is.

    Attributes:
        verifier: its name in the pool.
        k: answers that are handed in.
        frequency: share of the samples with an answer that an answer must have.
    """

    verifier: str = ""
    k: int = 1
    frequency: float = 0.1

    def __post_init__(self) -> None:
        if self.k < 1:
            raise InvalidSettingError("best_of_majority", "k", self.k, "1 or above")
        if not 0 <= self.frequency <= 1:
            raise InvalidSettingError("best_of_majority", "frequency", self.frequency, "from 0 to 1")

    @property
    def info(self) -> SelectionInfo:
        """What it is and needs."""
        columns = verdict_columns(self.verifier, None)
        summary = "a verifier's favourites among frequent answers"
        return SelectionInfo("best_of_majority", summary, columns, answers=True, verifier=self.verifier)

    def on(self, samples: GradedSamples) -> "BestOfMajorityRule":
        """The rule on one problem's samples."""
        return BestOfMajorityRule(samples, ranks(samples.standing(self.verifier)), self.k, self.frequency)


@dataclass(frozen=True, slots=True, eq=False)
class BestOfMajorityRule:
    """The rule on one problem.

    Attributes:
        samples: of the problem.
        rank: (N,) of their scores, from 0.
        k: answers that are handed in.
        frequency: the least share of the votes.
    """

    samples: GradedSamples
    rank: IntArray
    k: int
    frequency: float

    def choose(self, drawn: IntArray) -> IntArray:
        """(draws, n) -> (draws, k)."""
        label = self.samples.label[drawn]
        ballot = count(label, None, self.samples.labels)
        votes = (label >= 0).sum(axis=1, keepdims=True)
        frequent = (ballot.weight >= self.frequency * votes - ROUNDING) & (label >= 0)
        none = ~frequent.any(axis=1)
        if none.any():
            winner = first(label, ballot.winners)
            frequent[none] = ((label == winner) & (label >= 0))[none]
        standing = np.where(frequent, self.rank[drawn], -1)
        chosen = np.full((len(drawn), self.k), NOTHING)
        for place in range(min(self.k, drawn.shape[1])):
            best = np.argmax(standing, axis=1)
            left = pick(standing, best) >= 0
            # Where no sample has an answer the first one stands for none.
            kept = left if place else left | (votes == 0)
            chosen[:, place] = np.where(kept, pick(drawn, best), NOTHING)[:, 0]
            if place + 1 < self.k:
                standing[label == pick(label, best)] = -1
        return chosen

    def expected(self, drawing: Drawing) -> float | None:
        """There is no closed form."""
        return None
