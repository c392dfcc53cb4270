"""Judging samples as they finish, without letting timing decide who is judged when the budget runs out."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from outlay.core.aggregation import Aggregation
from outlay.core.answer import Candidate
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict, Verifier

Indexed = AsyncIterator[tuple[int, Trajectory]]


async def judged(
    run: Run, samples: Indexed, verifier: Verifier, aggregate: Aggregation | None = None
) -> AsyncIterator[tuple[int, Candidate]]:
    """Each sample with its score, or without one if the budget cannot pay for the verdict.

    Under a limit, samples are judged in the order of their indices, so that the last verdict that the budget pays for
    is always the same one; without limits, each is judged as soon as it is finished.
    """
    ordered = in_order(samples) if run.ledger.limited else samples
    async with aclosing(ordered):  # type: ignore[type-var]
        async for index, trajectory in ordered:
            verdicts = await run.judge([trajectory], verifier)
            yield index, Candidate(trajectory, trajectory.value, _score(verdicts[0], aggregate) if verdicts else None)


async def unjudged(samples: Indexed) -> AsyncIterator[tuple[int, Candidate]]:
    """Each sample as a candidate without a score."""
    async with aclosing(samples):  # type: ignore[type-var]
        async for index, trajectory in samples:
            yield index, Candidate(trajectory, trajectory.value)


async def in_order(samples: Indexed) -> Indexed:
    """The same samples by rising index; whatever has gaps before it waits until the end."""
    waiting: dict[int, Trajectory] = {}
    upcoming = 0
    async with aclosing(samples):  # type: ignore[type-var]
        async for index, trajectory in samples:
            waiting[index] = trajectory
            while upcoming in waiting:
                yield upcoming, waiting.pop(upcoming)
                upcoming += 1
    for index in sorted(waiting):
        yield index, waiting[index]


def _score(verdict: Verdict, aggregate: Aggregation | None) -> float:
    return aggregate.of(verdict.step_scores) if aggregate and verdict.step_scores else verdict.score
