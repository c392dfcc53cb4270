"""The ledger: reserve the worst case before a call, settle the real cost after it, never pass a limit.

A reservation waits while calls under way may still free what it needs. It is refused when it cannot fit what is left
once all calls of its own ledger have ended, or at once if a ledger above is certain to lack it. Waiting is first come,
first served, so for calls asked for in the same order the same ones are granted, however many run at a time.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Self

import anyio

from outlay.core.budget import COUNTED, Budget, Limit, amounts
from outlay.core.cost import NOTHING, Cost

_PARTS = attrgetter(*(field.name for field in fields(Cost)))
"""A cost as a tuple: sums are kept as plain numbers, since building a ``Cost`` takes longer than all else here."""
_SLACK = 1e-9
"""Relative slack for limits in dollars and FLOPs, which are sums of floats."""


class BudgetExhausted(Exception):  # noqa: N818 (an outcome that ends a strategy, not an error)
    """A reservation that can never fit what is left.

    Attributes:
        limit: which limit stands in the way.
    """

    def __init__(self, limit: Limit, needed: float, left: float) -> None:
        super().__init__(f"the {limit} budget has {left:g} left, and the next call may need {needed:g}")
        self.limit = limit
        self.needed = needed
        self.left = left


class Reservation:
    """The worst case of one call, set aside. Charge it as money is spent; what is left is released at the end."""

    __slots__ = ("_chain", "_left", "_overrun")

    def __init__(self, chain: "tuple[Ledger, ...]", bound: Cost) -> None:
        self._chain = chain
        self._left = list(amounts(bound))
        self._overrun = False

    async def __aenter__(self) -> Self:
        ledger = self._chain[0]
        if ledger._queue or not _fit(self._left, ledger._tight):
            await ledger._wait(tuple(self._left))
        else:
            ledger._take(self._left)
        return self

    async def __aexit__(self, *_: object) -> None:
        left, self._left = self._left, [0.0] * len(COUNTED)
        self._chain[0]._release(left)

    def charge(self, cost: Cost) -> None:
        """Move a real cost from what is reserved to what is spent, here and in every ledger above."""
        left = self._left
        excess: list[float] | None = None
        for i, amount in enumerate(amounts(cost)):
            if amount:
                rest = left[i] - amount
                left[i] = rest if rest > 0 else 0.0
                if rest < 0:
                    excess = excess or [0.0] * len(COUNTED)
                    excess[i] = -rest
                    self._overrun = self._overrun or -rest > _SLACK * (amount + 1)
        self._chain[0]._settle(cost, excess)

    @property
    def overrun(self) -> bool:
        """Whether a call cost more than its stated worst case. The real cost is booked all the same."""
        return self._overrun


@dataclass(slots=True, eq=False)
class _Waiter:
    bound: tuple[float, ...]
    ready: anyio.Event
    refused: BudgetExhausted | None = None


class Ledger:
    """Keeps one budget. Ledgers nest: what a child spends, its parents spend too.

    All methods must be called from one event loop. A caller must not hold a reservation while it waits for another
    one, or both may wait for ever.

    Args:
        budget: its limits.
        parent: pays for all that this one pays for.
        clock: in seconds.
        hidden: whether the ledgers below plan as if this one had no limits. What it cannot pay for yet waits; a child
            that it can never pay for is starved.
        watch: called whenever a reservation below was granted, before its call is made, or has ended. Only that of the
            topmost ledger is.
    """

    def __init__(
        self,
        budget: Budget | None = None,
        parent: "Ledger | None" = None,
        clock: Callable[[], float] = time.monotonic,
        hidden: bool = False,
        watch: Callable[[], None] | None = None,
    ) -> None:
        self.budget = budget or Budget()
        self._hidden = hidden
        self._chain: tuple[Ledger, ...] = (self, *(parent._chain if parent else ()))
        self._limits = [(i, limit) for i, limit in enumerate(self.budget.limits) if limit < math.inf]
        self._room = list(self.budget.limits)
        """What is neither spent nor reserved of each limit."""
        self._tight: tuple[tuple[list[float], int, float], ...] = (
            *((self._room, i, limit * _SLACK) for i, limit in self._limits),
            *(parent._tight if parent else ()),
        )
        """Every limit of the chain: the list and place of its room, and its slack."""
        self._seen: tuple[tuple[list[float], int, float], ...] = (
            *self._tight[: len(self._limits)],
            *(parent._seen if parent and not parent._hidden else ()),
        )
        """Those that calls are planned by."""
        self._root = self._chain[-1]
        self._watch = watch
        self._clock = clock
        self._started = clock()
        self._spent: list[float] = list(_PARTS(NOTHING))
        self._open = 0
        self._starved = False
        self._queue: deque[_Waiter] = deque()
        self._queued: dict[Ledger, None] = {}
        """Kept in the root only: every ledger of the tree with a waiting reservation, in order of arrival."""

    def child(self, budget: Budget | None = None) -> "Ledger":
        """A ledger within this one, with limits of its own."""
        return Ledger(budget, self, self._clock)

    @property
    def limited(self) -> bool:
        """Whether this ledger or one above it has any limit, hidden ones apart."""
        return any(ledger.budget.as_dict() for ledger in self._chain if ledger is self or not ledger._hidden)

    @property
    def starved(self) -> bool:
        """Whether a call was refused because a ledger above cannot pay for it."""
        return self._starved

    @property
    def spent(self) -> Cost:
        """The settled cost so far, with the seconds since this ledger was opened."""
        total = Cost(*self._spent)  # type: ignore[arg-type]
        return replace(total, seconds=self._clock() - self._started, estimated=bool(total.estimated))

    def committed(self, limit: Limit) -> float:
        """What is spent or set aside of a counted limit; where there is none, what is spent."""
        i = COUNTED.index(limit)
        most = self.budget.limits[i]
        spent = amounts(Cost(*self._spent))[i]  # type: ignore[arg-type]
        return spent if most == math.inf else max(spent, most - self._room[i])

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the nearest deadline of this ledger and those above; None without one."""
        left = [
            ledger.budget.seconds - (self._clock() - ledger._started)
            for ledger in self._chain
            if ledger.budget.seconds is not None
        ]
        return min(left) if left else None

    def reserve(self, bound: Cost) -> Reservation:
        """Set aside the worst case of a call: ``async with ledger.reserve(bound) as reservation``.

        What was not charged is released on leaving, whatever happened.

        Raises:
            BudgetExhausted: on entering, if the worst case cannot fit, whatever the calls under way turn out to cost.
        """
        return Reservation(self._chain, bound)

    def fits(self, bound: Cost) -> bool:
        """Whether a worst case could be reserved at once, hidden limits apart."""
        return not self._queue and _fit(amounts(bound), self._seen)

    def book(self, cost: Cost) -> None:
        """Book what was paid before this ledger was opened, here and above, whether or not it still fits."""
        self._settle(cost, amounts(cost))

    def refund(self, cost: Cost) -> None:
        """Take back, here and above, what was charged by a call though it had been paid before."""
        for i, part in enumerate(_PARTS(cost)):
            for ledger in self._chain:
                ledger._spent[i] -= part
        parts = amounts(cost)
        for room, i, _ in self._tight:
            room[i] += parts[i]
        self._wake()

    async def _wait(self, needed: tuple[float, ...]) -> None:
        waiter = _Waiter(needed, anyio.Event())
        self._queue.append(waiter)
        self._root._queued[self] = None
        self._advance()
        granted = False
        try:
            await waiter.ready.wait()
            granted = waiter.refused is None
        except BaseException:
            if waiter.ready.is_set() and waiter.refused is None:
                self._release(needed)
            raise
        finally:
            if not granted and waiter in self._queue:
                self._queue.remove(waiter)
                self._wake()
        if waiter.refused is not None:
            raise waiter.refused

    def _advance(self) -> None:
        """Grant or refuse the waiting reservations of this ledger, in order, as far as can be decided now."""
        while self._queue:
            waiter = self._queue[0]
            if _fit(waiter.bound, self._tight):
                self._take(waiter.bound)
            else:
                waiter.refused = self._impossible(waiter.bound)
                if waiter.refused is None:
                    return
            self._queue.popleft()
            waiter.ready.set()
        self._root._queued.pop(self, None)

    def _wake(self) -> None:
        for ledger in list(self._root._queued):
            ledger._advance()

    def _impossible(self, needed: tuple[float, ...]) -> BudgetExhausted | None:
        # With own calls under way, which limit is reached first would depend on timing.
        for above, ledger in enumerate(self._chain):
            if not ledger._limits or (ledger is self and self._open):
                continue
            spent = amounts(Cost(*ledger._spent))  # type: ignore[arg-type]
            for i, limit in ledger._limits:
                if spent[i] + needed[i] > limit * (1 + _SLACK):
                    for below in self._chain[:above]:
                        below._starved = True
                    return BudgetExhausted(COUNTED[i], needed[i], limit - spent[i])
        return None

    def _take(self, needed: Sequence[float]) -> None:
        for ledger in self._chain:
            ledger._open += 1
        for room, i, _ in self._tight:
            room[i] -= needed[i]
        if self._root._watch:
            self._root._watch()

    def _release(self, left: Sequence[float]) -> None:
        for ledger in self._chain:
            ledger._open -= 1
        for room, i, _ in self._tight:
            room[i] += left[i]
        if self._root._watch:
            self._root._watch()
        if self._root._queued:
            self._wake()

    def _settle(self, cost: Cost, excess: Sequence[float] | None) -> None:
        """Book a cost; what it came to beyond its reservation is taken from the room, the rest has left it before."""
        parts = [(i, part) for i, part in enumerate(_PARTS(cost)) if part]
        for ledger in self._chain:
            total = ledger._spent
            for i, part in parts:
                total[i] += part
        if excess:
            for room, i, _ in self._tight:
                room[i] -= excess[i]


def _fit(needed: Sequence[float], limits: Sequence[tuple[list[float], int, float]]) -> bool:
    for room, i, slack in limits:  # noqa: SIM110 (a generator would cost more than the sums)
        if needed[i] > room[i] + slack:
            return False
    return True
