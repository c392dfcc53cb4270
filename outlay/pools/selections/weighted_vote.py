"""``weighted_vote``: the answer whose samples have the largest total score."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from outlay.core.aggregation import Aggregation
from outlay.pools.drawing import Drawing, ranks
from outlay.pools.graded import UNJUDGED, GradedSamples
from outlay.pools.schema import SCORE, STEP_SCORES
from outlay.pools.selections.ballot import count, first
from outlay.pools.selections.selection import SelectionInfo

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Weights(StrEnum):
    """What a vote weighs."""

    SCORE = "score"
    """The verifier's score."""
    RANK = "rank"
    """The number of judged samples, of those drawn, that do not score higher."""


@dataclass(frozen=True, slots=True)
class WeightedVote:
    """A vote weighted by a verifier, as the strategy of this name.

    Attributes:
        verifier: its name in the pool.
        weights: what a vote weighs.
        aggregate: how the scores of steps become one; without it, the answer's own score.
    """

    verifier: str = ""
    weights: Weights = Weights.SCORE
    aggregate: Aggregation | None = None

    @property
    def info(self) -> SelectionInfo:
        """What it is and needs."""
        columns = verdict_columns(self.verifier, self.aggregate)
        summary = "a vote weighted by a verifier"
        return SelectionInfo("weighted_vote", summary, columns, answers=True, verifier=self.verifier)

    def on(self, samples: GradedSamples) -> "WeightedVoteRule":
        """The rule on one problem's samples."""
        return WeightedVoteRule(samples, samples.standing(self.verifier, self.aggregate), self.weights)


class WeightedVoteRule:
    """Every sample votes with its weight; one that is not judged weighs nothing.

    Args:
        samples: of one problem.
        standing: (N,) their scores.
        weights: what a vote weighs.
    """

    def __init__(self, samples: GradedSamples, standing: FloatArray, weights: Weights) -> None:
        self._samples = samples
        self._weights = weights
        self._scores = np.where(standing == UNJUDGED, 0.0, standing)
        self._rank = np.where(standing == UNJUDGED, -1, ranks(standing))

    def choose(self, drawn: IntArray) -> IntArray:
        """(draws, n) -> (draws, 1)."""
        by_rank = self._weights is Weights.RANK
        weights = _not_above(self._rank[drawn]) if by_rank else self._scores[drawn]
        return first(drawn, count(self._samples.label[drawn], weights, self._samples.labels).winners)

    def expected(self, drawing: Drawing) -> float | None:
        """There is no closed form."""
        return None


def verdict_columns(verifier: str, aggregate: Aggregation | None) -> tuple[str, ...]:
    """The columns of a verifier that a selection needs."""
    return (f"{SCORE}{verifier}",) if aggregate is None else (f"{SCORE}{verifier}", f"{STEP_SCORES}{verifier}")


def _not_above(rank: IntArray) -> FloatArray:
    """(draws, n) ranks, -1 for none -> (draws, n): how many of the draw have a rank up to each one's; 0 for none."""
    draws, n = rank.shape
    rows = np.arange(draws)[:, None] * (int(rank.max(initial=0)) + 2)
    keys = rank + 1 + rows
    ordered = np.sort(keys, axis=1)
    upto = np.searchsorted(ordered.ravel(), keys.ravel(), "right").reshape(draws, n) - n * np.arange(draws)[:, None]
    unranked = (rank == -1).sum(axis=1, keepdims=True)
    return np.where(rank == -1, 0.0, upto - unranked)
