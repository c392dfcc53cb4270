"""The graded samples of one problem: what selections choose from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.core.aggregation import Aggregation
from outlay.pools.problem_samples import ProblemSamples
from outlay.pools.votes import NO_VOTE, votes

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
UNJUDGED = -1.0
"""Where a sample without a score stands: below all that have one."""


@dataclass(frozen=True, slots=True, eq=False)
class GradedSamples:
    """The N samples of a problem that are graded. Those that are not are left out, since they are not wrong ones.

    Attributes:
        samples: their columns.
        correct: (N,) 1 right, 0 wrong.
        label: (N,) which answer each gives, from 0; -1 without an answer.
        labels: how many different answers there are.
        mass: (N,) 1, or under a target policy the probability of each.
    """

    samples: ProblemSamples
    correct: FloatArray
    label: IntArray
    labels: int
    mass: FloatArray

    @classmethod
    def of(cls, problem: ProblemSamples) -> "GradedSamples":
        """The graded ones of a problem's samples, which may be none."""
        graded = np.zeros(len(problem), np.bool_) if problem.correct is None else ~np.isnan(problem.correct)
        kept = problem if graded.all() else problem.take(np.flatnonzero(graded))
        label, labels = _labels(kept)
        correct = np.empty(0) if kept.correct is None else kept.correct
        return cls(kept, correct, label, labels, np.ones(len(correct)))

    def __len__(self) -> int:
        return len(self.correct)

    @property
    def answered(self) -> NDArray[np.bool_]:
        """(N,) whether a sample has an answer."""
        return np.asarray(self.label != NO_VOTE, np.bool_)

    def standing(self, verifier: str, aggregate: Aggregation | None = None) -> FloatArray:
        """(N,) the verifier's score of each, ``UNJUDGED`` where it has none.

        Args:
            verifier: its name in the pool.
            aggregate: how the scores of steps become one, where there are any; without it, the answer's own score.
        """
        scores = self.samples.scores[verifier]
        steps = self.samples.step_scores.get(verifier)
        if aggregate is not None and steps is not None:
            of_steps = steps.aggregate(aggregate)
            scores = np.where(np.isnan(of_steps) | np.isnan(scores), scores, of_steps)
        return np.where(np.isnan(scores), UNJUDGED, scores)


def _labels(samples: ProblemSamples) -> tuple[IntArray, int]:
    """Votes numbered from 0; equal texts are equal answers where the pool has no votes."""
    vote = samples.vote
    if (vote is None or (vote == NO_VOTE).all()) and samples.value is not None:
        vote = votes(samples.value, str.__eq__)
    if vote is None:
        return np.full(len(samples), NO_VOTE), 0
    names, label = np.unique(vote, return_inverse=True)
    silent = int(len(names) > 0 and names[0] == NO_VOTE)
    return label.astype(np.int64) - silent, len(names) - silent
