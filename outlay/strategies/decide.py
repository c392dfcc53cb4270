"""Deciding anew after each sample: a rule looks at all candidates so far, in the order drawn, and names one."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from outlay.core.answer import Answer, Candidate, Snapshot
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.strategies.select import standing
from outlay.strategies.vote import tally


@dataclass(frozen=True, slots=True)
class Choice:
    """What a rule decides.

    Attributes:
        position: of the chosen candidate among those given.
        confidence: in [0, 1]; None where the rule has none.
        submissions: positions of all candidates that are handed in, best first; empty for the chosen one alone.
    """

    position: int
    confidence: float | None
    submissions: tuple[int, ...] = ()


Rule = Callable[[Sequence[Candidate]], Choice]
"""Chooses among one or more candidates."""


def vote_of(
    problem: Problem, candidates: Sequence[Candidate], kept: Sequence[int], weights: Sequence[float] | None = None
) -> Choice:
    """What the candidates at the kept positions vote for; among equals the answer of the one kept first."""
    votes = tally(problem, [candidates[i] for i in kept], weights or [1.0] * len(kept))
    return Choice(kept[votes.winner.first], votes.share) if votes.winner else Choice(0, 0.0)


def different_values(candidates: Sequence[Candidate], order: Iterable[int]) -> tuple[int, ...]:
    """The positions, in the given order, that have a value which none before them has."""
    kept: list[int] = []
    seen: list[str] = []
    for position in order:
        value = candidates[position].value
        equal = candidates[position].trajectory.problem.answer_rule.equal
        if value is not None and not any(value == known or equal(value, known) for known in seen):
            kept.append(position)
            seen.append(value)
    return tuple(kept)


def highest(candidates: Sequence[Candidate]) -> Choice:
    """The highest score; one with a value first, a judged one before any other, and among equals the earliest."""
    best = max(
        range(len(candidates)), key=lambda i: (candidates[i].value is not None, standing(candidates[i].score), -i)
    )
    return Choice(best, candidates[best].score)


async def decide(run: Run, arriving: AsyncIterator[tuple[int, Candidate]], rule: Rule) -> AsyncIterator[Answer]:
    """An answer after each candidate: what the rule makes of all that have arrived.

    A candidate that arrives again, now judged, takes the place of what it was.
    """
    found: dict[int, Candidate] = {}
    arrived: list[Candidate] = []
    async with aclosing(arriving):  # type: ignore[type-var]
        async for index, candidate in arriving:
            if index in found:
                arrived = [candidate if one is found[index] else one for one in arrived]
            else:
                arrived.append(candidate)
            found[index] = candidate
            ordered = [found[i] for i in sorted(found)]
            choice = rule(ordered)
            chosen = ordered[choice.position]
            handed_in = tuple(ordered[position] for position in choice.submissions)
            seen = Snapshot(arrived)
            yield Answer(chosen.value, chosen.trajectory, choice.confidence, seen, run.ledger.spent, handed_in)
