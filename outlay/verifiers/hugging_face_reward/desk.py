"""Gathers what is to be read into batches and has a thread read them, while the event loop goes on.

There is no task of its own: whoever waits has the next batch read for everyone, one at a time, and what is asked for
meanwhile makes up the batch after it.
"""

from collections.abc import Callable, Sequence

import anyio
from anyio.to_thread import run_sync

from outlay.verifiers.hugging_face_reward.reader import Work


class Desk:
    """Batches the work of any number of concurrent verdicts on one event loop.

    Args:
        read: does some work, in a thread; it marks each as done.
        most: works in a batch.
    """

    def __init__(self, read: Callable[[Sequence[Work]], None], most: int) -> None:
        self._read = read
        self._most = most
        self._waiting: list[Work] = []
        self._reading = False
        self._waiters: list[anyio.Event] = []

    async def do(self, works: Sequence[Work]) -> None:
        """Come back when all of it is done; what is not on leaving is dropped."""
        self._waiting.extend(works)
        try:
            while not all(work.done for work in works):
                await (self._wait() if self._reading else self._next())
        finally:
            self._waiting = [work for work in self._waiting if work not in works]

    async def _next(self) -> None:
        batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        self._reading = True
        try:
            # Cancellation waits for the thread, so that no two read at a time and nobody's work is lost.
            await run_sync(self._read, batch)
        finally:
            self._reading = False
            # Where the thread did not even start, somebody else reads it.
            self._waiting[:0] = [work for work in batch if not work.done]
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                waiter.set()

    async def _wait(self) -> None:
        event = anyio.Event()
        self._waiters.append(event)
        try:
            await event.wait()
        finally:
            if event in self._waiters:
                self._waiters.remove(event)
