"""Who is worked on next: fair shares between keys, and a limit on how many requests run or wait."""

from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio

from outlay.core.errors import OutlayError
from outlay.core.ledger import Ledger
from outlay.gateway.errors import RefusedError, later


@dataclass(frozen=True, slots=True)
class Group:
    """Requests that are counted together: those of a key, or of a project.

    Attributes:
        name: of the group.
        most: of them at a time; None for no limit.
    """

    name: str
    most: int | None = None


@dataclass(slots=True, eq=False)
class _Waiter:
    groups: tuple[Group, ...]
    begin: Callable[[], Ledger | None]
    ready: anyio.Event = field(default_factory=anyio.Event)
    ledger: Ledger | None = None
    refused: Exception | None = None


class Queue:
    """Lets requests begin, first come first served within a key; the key with the fewest requests under way goes first.

    Args:
        concurrent: requests under way at a time.
        longest: requests that wait.
        seconds: how long one waits.
    """

    def __init__(self, concurrent: int, longest: int, seconds: float) -> None:
        self._concurrent = concurrent
        self._longest = longest
        self._seconds = seconds
        self._running: Counter[str] = Counter()
        self._waiting: dict[str, deque[_Waiter]] = {}
        self.under_way = 0

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return sum(map(len, self._waiting.values()))

    @asynccontextmanager
    async def turn(
        self, groups: tuple[Group, ...], begin: Callable[[], Ledger | None], end: Callable[[Ledger], None]
    ) -> AsyncIterator[Ledger]:
        """Wait for a turn: what pays for it.

        Args:
            groups: of the request; the first is its key's.
            begin: sets aside what it may spend; None if it has to wait for others.
            end: settles.

        Raises:
            RefusedError: if too many wait, if it waited too long, or whatever ``begin`` raises.
        """
        waiter = _Waiter(groups, begin)
        try:
            yield await self._granted(waiter)
        finally:
            self._forget(waiter)
            if waiter.ledger is not None:
                try:
                    end(waiter.ledger)
                finally:
                    self._count(waiter, -1)
            self._advance()

    async def _granted(self, waiter: _Waiter) -> Ledger:
        self._waiting.setdefault(waiter.groups[0].name, deque()).append(waiter)
        self._advance()
        if not waiter.ready.is_set():
            if self.waiting > self._longest:
                raise later("too many requests wait already", self._seconds, "queue_full")
            with anyio.move_on_after(self._seconds):
                await waiter.ready.wait()
        if waiter.refused is not None:
            raise waiter.refused
        if waiter.ledger is None:
            raise later(f"no turn came within {self._seconds:g} seconds", self._seconds, "queue_timeout")
        return waiter.ledger

    def _advance(self) -> None:
        """Let begin whoever can. Keys whose first request has to wait for others are passed over."""
        blocked: set[str] = set()
        while self.under_way < self._concurrent:
            open_keys = [key for key in self._waiting if key not in blocked]
            if not open_keys:
                return
            key = min(open_keys, key=self._running.__getitem__)
            waiter = self._waiting[key][0]
            if self._full(waiter) or not self._begins(waiter):
                blocked.add(key)
                continue
            self._forget(waiter)
            # Keys with as many under way take turns.
            if key in self._waiting:
                self._waiting[key] = self._waiting.pop(key)
            waiter.ready.set()

    def _full(self, waiter: _Waiter) -> bool:
        return any(group.most is not None and self._running[group.name] >= group.most for group in waiter.groups)

    def _begins(self, waiter: _Waiter) -> bool:
        """Whether a request has begun, or has been refused."""
        try:
            waiter.ledger = waiter.begin()
        except (RefusedError, OutlayError) as error:
            waiter.refused = error
            return True
        if waiter.ledger is not None:
            self._count(waiter, 1)
        return waiter.ledger is not None

    def _count(self, waiter: _Waiter, change: int) -> None:
        self.under_way += change
        for group in waiter.groups:
            self._running[group.name] += change
            if not self._running[group.name]:
                del self._running[group.name]

    def _forget(self, waiter: _Waiter) -> None:
        key = waiter.groups[0].name
        line = self._waiting.get(key)
        if line and waiter in line:
            line.remove(waiter)
            if not line:
                del self._waiting[key]
