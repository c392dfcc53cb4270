"""Runs the batch without a task of its own: whoever waits for a sample turns the crank for everyone.

One waiter at a time drives. After each step it lets the event loop run, so that what is complete is picked up at once
and new requests join the next step. A driver that is done or cancelled hands over to another waiter.
"""

from collections.abc import AsyncGenerator, Sequence

import anyio
from anyio.lowlevel import checkpoint

from outlay.pocket.batch import Batch, Generation
from outlay.pocket.weights import PocketWeights


class Engine:
    """Continuous batching for any number of concurrent requests on one event loop."""

    def __init__(self, weights: PocketWeights) -> None:
        self._batch = Batch(weights)
        self._driving = False
        self._waiters: list[anyio.Event] = []

    async def run(self, generations: Sequence[Generation]) -> AsyncGenerator[Generation, None]:
        """Yield the generations as they complete; those not complete on leaving are dropped from the batch."""
        pending = list(generations)
        self._batch.add(pending)
        try:
            await checkpoint()
            while pending:
                if not any(generation.piece is not None for generation in pending):
                    await self._turn(pending)
                for generation in [one for one in pending if one.piece is not None]:
                    pending.remove(generation)
                    yield generation
        finally:
            self._batch.remove(pending)

    async def _turn(self, pending: Sequence[Generation]) -> None:
        """Drive until one of ours is complete, or wait until another driver completes or hands over."""
        if self._driving:
            event = anyio.Event()
            self._waiters.append(event)
            try:
                await event.wait()
            finally:
                if event in self._waiters:
                    self._waiters.remove(event)
            return
        self._driving = True
        try:
            while not any(generation.piece is not None for generation in pending):
                if self._batch.step():
                    self._wake()
                await checkpoint()
        finally:
            self._driving = False
            self._wake()

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for event in waiters:
            event.set()
