"""Voting: candidates with the same answer stand together, by the problem's own rule of sameness."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from outlay.core.answer import Candidate
from outlay.core.problem import Problem


class Choose(StrEnum):
    """How the answer is taken from scored candidates."""

    BEST = "best"
    """The candidate that the verifier scores highest."""
    VOTE = "vote"
    """The answer with the largest total weight."""


@dataclass(slots=True)
class Bloc:
    """All votes for one answer.

    Attributes:
        value: the answer.
        weight: sum of its votes.
        first: smallest index among its candidates, which breaks ties.
        members: indices of its candidates, as they came.
    """

    value: str
    weight: float
    first: int
    members: list[int]


class Vote:
    """A running vote. Candidates without an answer never vote.

    Adding the same votes in another order gives the same winner, if the problem's sameness is an equivalence.

    Attributes:
        blocs: one for each answer, as they first came.
        total: sum of all votes.
    """

    def __init__(self, problem: Problem) -> None:
        self._equal = problem.answer_rule.equal
        self.blocs: list[Bloc] = []
        self.total = 0.0

    def add(self, index: int, value: str | None, weight: float = 1.0) -> None:
        """One vote of a candidate with this index."""
        if value is None:
            return
        self.total += weight
        for bloc in self.blocs:
            if bloc.value == value or self._equal(bloc.value, value):
                bloc.weight += weight
                bloc.first = min(bloc.first, index)
                bloc.members.append(index)
                return
        self.blocs.append(Bloc(value, weight, index, [index]))

    @property
    def winner(self) -> Bloc | None:
        """The heaviest bloc; among equals the one with the earliest candidate. None before the first vote."""
        return max(self.blocs, key=lambda bloc: (bloc.weight, -bloc.first), default=None)

    @property
    def share(self) -> float:
        """The winner's share of all votes, in [0, 1]."""
        winner = self.winner
        return winner.weight / self.total if winner and self.total > 0 else 0.0


def tally(problem: Problem, candidates: Sequence[Candidate], weights: Sequence[float]) -> Vote:
    """The vote of candidates with given weights."""
    vote = Vote(problem)
    for index, (candidate, weight) in enumerate(zip(candidates, weights, strict=True)):
        vote.add(index, candidate.value, weight)
    return vote
