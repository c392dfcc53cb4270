"""Many problems at a time, so that the model's batch is always full."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import anyio

AT_ONCE = 16
"""Problems under way; with 16 samples each they fill a batch of 256."""
T = TypeVar("T")
R = TypeVar("R")


async def each(items: Sequence[T], function: Callable[[T], Awaitable[R]], told: Callable[[int], None]) -> list[R]:
    """The function's results in the order of the items; ``told`` hears how many are done."""
    found: dict[int, R] = {}
    places = anyio.Semaphore(AT_ONCE)

    async def one(position: int, item: T) -> None:
        async with places:
            found[position] = await function(item)
        told(len(found))

    async with anyio.create_task_group() as group:
        for position, item in enumerate(items):
            group.start_soon(one, position, item)
    return [found[position] for position in range(len(items))]
