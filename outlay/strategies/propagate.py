"""Propagation: move many partial answers on by one step and judge each as soon as it has moved."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import anyio

from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verifier
from outlay.strategies.turns import Turns


@dataclass(frozen=True, slots=True)
class Moved:
    """A trajectory and the score of its newest step; None while it has none."""

    trajectory: Trajectory
    score: float | None = None


async def propagate(
    run: Run,
    parents: Sequence[Moved],
    verifier: Verifier | None,
    temperature: float,
    expansion: int = 1,
    to_end: bool = False,
) -> list[list[Moved]]:
    """For each parent its children, ``expansion`` of them or fewer if the budget is out.

    Parents that are the same trajectory are continued by one call, so that copies of a particle share its prompt.
    Finished parents have themselves as only child. Under a limit, verdicts are asked for in order, so that the last
    one that is paid does not depend on timing. A child of which the verifier cannot tell inherits its
    parent's score. In the round in which the budget runs out no child has a
    score of its own and inherits its parent's, since some have no verdict; so do all children if there is no verifier.

    Args:
        run: what pays.
        parents: where to go on.
        verifier: who judges the children.
        temperature: of sampling.
        expansion: children of each parent.
        to_end: whether a child goes on to the end of its answer instead of by one step.
    """
    members: dict[int, list[int]] = {}
    for position, parent in enumerate(parents):
        if not parent.trajectory.finished:
            members.setdefault(id(parent.trajectory), []).append(position)
    places = [positions[i // expansion] for positions in members.values() for i in range(expansion * len(positions))]
    found: list[Moved | None] = [None] * len(places)
    turns = Turns(len(places), verifier.info.reserves_first) if verifier and run.ledger.limited else None

    async def judge(place: int, child: Trajectory | None) -> None:
        async with turns.turn(place) if turns else nullcontext():
            if child is not None:
                verdict = await run.judge_one(child, verifier) if verifier else None
                found[place] = Moved(child, verdict.score if verdict else None)

    async def move(part: Run, parent: Trajectory, first: int, count: int) -> None:
        missing = set(range(first, first + count))
        async for index, child in part.sample(parent, count, one_step=not to_end, temperature=temperature):
            missing.remove(first + index)
            # Under a limit a verdict must not ask the ledger before every sample of the round has.
            if count == 1 and turns is None:
                await judge(first, child)
            else:
                group.start_soon(judge, first + index, child)
        for place in missing:
            group.start_soon(judge, place, None)

    async with anyio.create_task_group() as group:
        first = 0
        for part, positions in zip(run.split(len(members)), members.values(), strict=True):
            count = expansion * len(positions)
            group.start_soon(move, part, parents[positions[0]].trajectory, first, count)
            first += count
    return _by_parent(parents, places, found, inherit=verifier is None or run.exhausted is not None)


def _by_parent(
    parents: Sequence[Moved], places: Sequence[int], found: Sequence[Moved | None], inherit: bool
) -> list[list[Moved]]:
    children: list[list[Moved]] = [[parent] if parent.trajectory.finished else [] for parent in parents]
    for place, child in zip(places, found, strict=True):
        if child is not None:
            unknown = inherit or child.score is None
            children[place].append(Moved(child.trajectory, parents[place].score) if unknown else child)
    return children


async def score(run: Run, moved: Sequence[Moved], verifier: Verifier) -> list[Moved]:
    """The same trajectories, each with the score of its verdict; with the old one where there is none."""
    verdicts = await run.judge([one.trajectory for one in moved], verifier)
    if verdicts is None:
        return list(moved)
    return [
        Moved(one.trajectory, verdict.score if verdict.judged else one.score)
        for one, verdict in zip(moved, verdicts, strict=True)
    ]
