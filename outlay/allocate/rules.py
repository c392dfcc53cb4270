"""The rules by which a policy hands in an answer: each is a strategy, a selection of pools, and a column of signals."""

from collections.abc import Sequence
from enum import StrEnum

from outlay.core.answer import Candidate
from outlay.core.problem import Problem
from outlay.pools.graded import GradedSamples
from outlay.pools.selections import SELECTIONS
from outlay.pools.selections.selection import Rule
from outlay.strategies.decide import Choice, highest, vote_of


class Choose(StrEnum):
    """How one of the samples so far is handed in."""

    VOTE = "self_consistency"
    """The most frequent answer."""
    WEIGHTED = "weighted_vote"
    """The answer whose samples have the largest total score."""
    BEST = "best_of_n"
    """What the verifier scores highest."""

    @property
    def judged(self) -> bool:
        """Whether it needs a verifier."""
        return self is not Choose.VOTE

    def selection(self, verifier: str) -> str:
        """Its name among the selections of a pool."""
        return f"{self}(verifier={verifier!r})" if self.judged else str(self)

    def on(self, samples: GradedSamples, verifier: str) -> Rule:
        """The rule on the samples of a pool."""
        return SELECTIONS.build(self.selection(verifier)).on(samples)

    def of(self, problem: Problem, candidates: Sequence[Candidate]) -> Choice:
        """The choice among candidates in the order drawn, as the strategy of its name makes it."""
        if self is Choose.BEST:
            return highest(candidates)
        weights = [one.score or 0.0 for one in candidates] if self is Choose.WEIGHTED else None
        return vote_of(problem, candidates, range(len(candidates)), weights)
