"""Going on from several trajectories to the end, whatever order the ends arrive in."""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import NamedTuple

import anyio

from outlay.core.cost import NOTHING, Cost
from outlay.core.errors import OutlayError
from outlay.core.model import SampleRequest
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory


class Start(NamedTuple):
    """Where to go on from, and how often."""

    trajectory: Trajectory
    times: int


Arrived = Callable[[int, Trajectory], None]
"""Takes the place of a start and an answer that grew from it."""


async def continued(run: Run, starts: Sequence[Start], temperature: float, arrived: Arrived) -> None:
    """Continue each trajectory to its end, fewer times if the budget is out.

    All go on at the same time if the budget is certain to pay for it, and one after another if not, so that which of
    them are paid for does not depend on timing.

    Raises:
        OutlayError: if the model failed.
    """
    failures: list[OutlayError] = []

    async def go_on(part: Run, place: int) -> None:
        samples = part.sample(starts[place].trajectory, starts[place].times, temperature=temperature)
        try:
            async with aclosing(samples):  # type: ignore[type-var]
                async for _, longer in samples:
                    arrived(place, longer)
        except OutlayError as error:
            # Kept, for raised in here it would leave inside an exception group.
            failures.append(error)
            group.cancel_scope.cancel()

    parts = run.split(len(starts))
    at_once = run.ledger.fits(sum((_bound(run, start) for start in starts), NOTHING))
    for places in [range(len(starts))] if at_once else [[place] for place in range(len(starts))]:
        async with anyio.create_task_group() as group:
            for place in places:
                group.start_soon(go_on, parts[place], place)
        if failures:
            raise failures[0]


def _bound(run: Run, start: Start) -> Cost:
    most = start.trajectory.problem.step_rule.max_tokens
    return run.model.bound(SampleRequest(start.trajectory, (0,) * start.times, most))
