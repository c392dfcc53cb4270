"""Deciding anew after each sample: a rule looks at all candidates so far, in the order drawn, and names one."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from outlay.core.answer import Answer, Candidate, Snapshot
from outlay.core.run import Run


@dataclass(frozen=True, slots=True)
class Choice:
    """What a rule decides.

    Attributes:
        position: of the chosen candidate among those given.
        confidence: in [0, 1]; None where the rule has none.
    """

    position: int
    confidence: float | None


Rule = Callable[[Sequence[Candidate]], Choice]
"""Chooses among one or more candidates."""


async def decide(run: Run, arriving: AsyncIterator[tuple[int, Candidate]], rule: Rule) -> AsyncIterator[Answer]:
    """An answer after each candidate: what the rule makes of all that have arrived."""
    found: dict[int, Candidate] = {}
    arrived: list[Candidate] = []
    async with aclosing(arriving):  # type: ignore[type-var]
        async for index, candidate in arriving:
            found[index] = candidate
            arrived.append(candidate)
            ordered = [found[i] for i in sorted(found)]
            choice = rule(ordered)
            chosen = ordered[choice.position]
            yield Answer(chosen.value, chosen.trajectory, choice.confidence, Snapshot(arrived), run.ledger.spent)
