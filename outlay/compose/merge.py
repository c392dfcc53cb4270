"""Several iterators as one: side by side, or one after another where a limit would let timing decide who is paid."""

import math
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import TypeVar

import anyio
from anyio.streams.memory import MemoryObjectSendStream

T = TypeVar("T")


async def merged(streams: Sequence[AsyncIterator[T]], at_once: bool) -> AsyncIterator[tuple[int, T]]:
    """What the streams yield, each item with the position of its stream.

    Args:
        streams: each is left properly, however the iteration ends.
        at_once: whether they run side by side; items then come as they come.
    """
    if at_once:
        items = _side_by_side(streams)
        async with aclosing(items):  # type: ignore[type-var]
            async for item in items:
                yield item
        return
    for position, stream in enumerate(streams):
        async with aclosing(stream):  # type: ignore[type-var]
            async for one in stream:
                yield position, one


async def _side_by_side(streams: Sequence[AsyncIterator[T]]) -> AsyncIterator[tuple[int, T]]:
    sender, receiver = anyio.create_memory_object_stream[tuple[int, T]](math.inf)

    async def follow(position: int, stream: AsyncIterator[T], given: MemoryObjectSendStream[tuple[int, T]]) -> None:
        with given:
            async with aclosing(stream):  # type: ignore[type-var]
                async for one in stream:
                    given.send_nowait((position, one))

    with receiver:
        async with anyio.create_task_group() as group:
            for position, stream in enumerate(streams):
                group.start_soon(follow, position, stream, sender.clone())
            sender.close()
            try:
                async for item in receiver:
                    yield item
            except GeneratorExit:
                # Passed on, it would leave the task group inside an exception group, which aclose() would raise.
                pass
            group.cancel_scope.cancel()
