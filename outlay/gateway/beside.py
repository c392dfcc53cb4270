"""Work with something going on beside it, which ends when the work does."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import anyio

T = TypeVar("T")


async def beside(companion: Callable[[], Coroutine[Any, Any, None]], work: Callable[[], Awaitable[T]]) -> T:
    """What the work returns or raises, bare instead of in a group; whatever goes on beside it is cancelled then."""
    found: list[T] = []
    failure: Exception | None = None
    async with anyio.create_task_group() as group:
        group.start_soon(companion)
        try:
            found.append(await work())
        except Exception as error:  # noqa: BLE001 (told outside of the group, which would wrap it)
            failure = error
        group.cancel_scope.cancel()
    if failure is not None:
        raise failure
    return found[0]
