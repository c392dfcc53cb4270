"""Turns: concurrent parts that may begin only in a fixed order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio


class Turns:
    """Places in a row; each has its turn when the one before has begun, or when it has ended.

    Under a limit, verdicts take turns, so that the last one that is paid does not depend on timing. Who asks the
    ledger before anything else need only wait until the one before has asked.

    Args:
        count: of places.
        overlap: whether a place may begin once the one before has begun.
    """

    def __init__(self, count: int, overlap: bool) -> None:
        self._overlap = overlap
        self._passed = [anyio.Event() for _ in range(count)]

    @asynccontextmanager
    async def turn(self, place: int) -> AsyncIterator[None]:
        """Wait for a place's turn; it ends with the context."""
        if place:
            await self._passed[place - 1].wait()
        if self._overlap:
            # Whoever waits goes on no sooner than this task waits for something itself.
            self._passed[place].set()
        yield
        self._passed[place].set()
