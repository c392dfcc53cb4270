"""Judging samples as they finish, without letting timing decide who is judged when the budget runs out."""

import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from functools import partial
from typing import TypeVar

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from outlay.core.aggregation import Aggregation
from outlay.core.answer import Candidate
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict, Verifier

T = TypeVar("T")
Indexed = AsyncIterator[tuple[int, Trajectory]]
Judge = Callable[[Trajectory], Awaitable[Candidate]]


async def judged(
    run: Run, samples: Indexed, verifier: Verifier, aggregate: Aggregation | None = None
) -> AsyncIterator[tuple[int, Candidate]]:
    """Each sample with its score, or without one if the verifier cannot tell or the budget cannot pay for the verdict.

    Under a limit, samples are judged in the order of their indices, so that the last verdict that the budget pays for
    is always the same one, and one at a time unless the verifier asks the ledger before it waits for anything; without
    limits, each is judged as soon as it is finished, whatever verdicts are still awaited.

    A verifier that compares is asked once, when all are finished: each comes without a score first, then with one.
    """
    judge = partial(_candidate, run, verifier, aggregate)
    if verifier.info.comparative:
        verdicts = _together(run, samples, verifier)
    elif not run.ledger.limited:
        verdicts = _at_once(samples, judge)
    elif verifier.info.reserves_first:
        verdicts = _at_once(in_order(samples), judge)
    else:
        verdicts = _one_by_one(in_order(samples), judge)
    async with aclosing(verdicts):  # type: ignore[type-var]
        async for index, candidate in verdicts:
            yield index, candidate


async def _together(run: Run, samples: Indexed, verifier: Verifier) -> AsyncIterator[tuple[int, Candidate]]:
    found: dict[int, Trajectory] = {}
    async with aclosing(samples):  # type: ignore[type-var]
        async for index, trajectory in samples:
            found[index] = trajectory
            yield index, Candidate(trajectory, trajectory.value)
    ordered = sorted(found)
    verdicts = await run.judge([found[index] for index in ordered], verifier)
    for index, verdict in zip(ordered, verdicts or [], strict=False):
        if verdict.judged:
            yield index, Candidate(found[index], found[index].value, verdict.score)


async def _one_by_one(samples: Indexed, judge: Judge) -> AsyncIterator[tuple[int, Candidate]]:
    async with aclosing(samples):  # type: ignore[type-var]
        async for index, trajectory in samples:
            yield index, await judge(trajectory)


async def _at_once(samples: Indexed, judge: Judge) -> AsyncIterator[tuple[int, Candidate]]:
    sender, receiver = anyio.create_memory_object_stream[tuple[int, Candidate]](math.inf)

    async def give(index: int, trajectory: Trajectory, given: MemoryObjectSendStream[tuple[int, Candidate]]) -> None:
        with given:
            given.send_nowait((index, await judge(trajectory)))

    async def follow() -> None:
        with sender:
            async with aclosing(samples):  # type: ignore[type-var]
                async for index, trajectory in samples:
                    group.start_soon(give, index, trajectory, sender.clone())

    with receiver:
        async with anyio.create_task_group() as group:
            group.start_soon(follow)
            try:
                async for item in receiver:
                    yield item
            except GeneratorExit:
                # Passed on, it would leave the task group inside an exception group, which aclose() would raise.
                pass
            group.cancel_scope.cancel()


async def _candidate(run: Run, verifier: Verifier, aggregate: Aggregation | None, trajectory: Trajectory) -> Candidate:
    verdict = await run.judge_one(trajectory, verifier)
    return Candidate(trajectory, trajectory.value, _score(verdict, aggregate) if verdict else None)


async def unjudged(samples: Indexed) -> AsyncIterator[tuple[int, Candidate]]:
    """Each sample as a candidate without a score."""
    async with aclosing(samples):  # type: ignore[type-var]
        async for index, trajectory in samples:
            yield index, Candidate(trajectory, trajectory.value)


async def in_order(samples: AsyncIterator[tuple[int, T]]) -> AsyncIterator[tuple[int, T]]:
    """The same samples or candidates by rising index; whatever has gaps before it waits until the end."""
    waiting: dict[int, T] = {}
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
