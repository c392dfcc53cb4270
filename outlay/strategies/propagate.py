"""Propagation: move many partial answers on by one step and judge each as soon as it has moved."""

from collections.abc import Sequence
from dataclasses import dataclass

import anyio

from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verifier


@dataclass(frozen=True, slots=True)
class Moved:
    """A trajectory and the score of its newest step; None while it has none."""

    trajectory: Trajectory
    score: float | None = None


async def propagate(
    run: Run, parents: Sequence[Moved], verifier: Verifier, temperature: float, expansion: int = 1
) -> list[list[Moved]]:
    """For each parent its children, ``expansion`` of them or fewer if the budget is out.

    Parents that are the same trajectory are continued by one call, so that copies of a particle share its prompt.
    Finished parents have themselves as only child. In the round in which the budget runs out no child has a score
    of its own and inherits its parent's: which verdicts were still paid would depend on timing.
    """
    members: dict[int, list[int]] = {}
    for position, parent in enumerate(parents):
        if not parent.trajectory.finished:
            members.setdefault(id(parent.trajectory), []).append(position)
    children: list[list[Moved]] = [[parent] if parent.trajectory.finished else [] for parent in parents]

    async def move(part: Run, positions: list[int]) -> None:
        parent = parents[positions[0]].trajectory
        found: dict[int, Moved] = {}
        async with anyio.create_task_group() as judging:

            async def judge(index: int, child: Trajectory) -> None:
                verdicts = await part.judge([child], verifier)
                found[index] = Moved(child, verdicts[0].score if verdicts else None)

            samples = part.sample(parent, expansion * len(positions), one_step=True, temperature=temperature)
            async for index, child in samples:
                judging.start_soon(judge, index, child)
        for index in sorted(found):
            children[positions[index // expansion]].append(found[index])

    async with anyio.create_task_group() as moves:
        for part, positions in zip(run.split(len(members)), members.values(), strict=True):
            moves.start_soon(move, part, positions)
    if run.exhausted:
        return [
            [Moved(child.trajectory, parent.score) for child in row]
            for parent, row in zip(parents, children, strict=True)
        ]
    return children
