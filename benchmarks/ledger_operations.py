"""Reservations that a ledger makes and settles in a second, with 64 tasks at a time.

A pair is one ``reserve`` with one ``charge`` inside, after which the rest is released. The tasks share a question's
ledger with limits, inside an experiment's ledger with limits, inside a process's ledger without any. Measured are

- no switch: each task makes its pairs without giving way, which is the ledger's own speed;
- a switch in each: every reservation is held while the other tasks come to turn, as when a model is asked;
- contended: the same with room for 8 at a time, so that nearly every reservation waits in the queue;
- the last two again without an account: nothing, or ``anyio.CapacityLimiter(8)``, in the ledger's place. What is lost
  against "no switch" there, the event loop takes.

CPU time is counted, not wall-clock time: nothing here waits for anything but its turn.
"""

import time
from collections.abc import Awaitable, Callable
from functools import partial

import anyio
from anyio.lowlevel import checkpoint
from measuring import Row, asked_quick, ratios, show, side_by_side

from outlay import Budget, Ledger
from outlay.core.cost import Cost

TASKS = 64
ROOM = 8
BOUND = Cost(prompt_tokens=40, completion_tokens=200, samples=1, calls=1, dollars=0.001)
REAL = Cost(prompt_tokens=40, completion_tokens=90, samples=1, calls=1)
"""No dollars, so that a limit in dollars leaves room for the same number of reservations all the time."""

Work = Callable[[int], Awaitable[None]]
"""Makes that many pairs, one after the other."""


def question_ledger(pairs: int, at_a_time: int) -> Ledger:
    """A ledger inside two others that pays for so many pairs, and has room for so many reservations at a time."""
    whole = Budget(tokens=1000 * pairs, samples=2 * pairs, dollars=1.0)
    return Ledger().child(whole).child(Budget(tokens=500 * pairs, calls=2 * pairs, dollars=BOUND.dollars * at_a_time))


async def unswitched(ledger: Ledger, pairs: int) -> None:
    """Pairs in a row."""
    for _ in range(pairs):
        async with ledger.reserve(BOUND) as reservation:
            reservation.charge(REAL)


async def switched(ledger: Ledger, pairs: int) -> None:
    """Pairs, each held for one turn of every task."""
    for _ in range(pairs):
        async with ledger.reserve(BOUND) as reservation:
            await checkpoint()
            reservation.charge(REAL)


async def switches_alone(pairs: int) -> None:
    """The same turns without a ledger."""
    for _ in range(pairs):
        await checkpoint()


async def limiter_alone(limiter: anyio.CapacityLimiter, pairs: int) -> None:
    """The same turns with a limiter instead of a ledger."""
    for _ in range(pairs):
        async with limiter:
            await checkpoint()


def pairs_per_second(make_work: Callable[[], Work], pairs: int) -> float:
    """Pairs a CPU second, of all tasks together; the work is made anew inside the event loop."""

    async def measured() -> float:
        work = make_work()
        start = time.process_time()
        async with anyio.create_task_group() as group:
            for _ in range(TASKS):
                group.start_soon(work, pairs // TASKS)
        return pairs / (time.process_time() - start)

    return anyio.run(measured)


def main() -> None:
    quick = asked_quick(__doc__)
    pairs = 6_400 if quick else 64_000
    no_switch, held, contended, switches, limiter = side_by_side(
        [
            partial(pairs_per_second, lambda: partial(unswitched, question_ledger(pairs, TASKS)), pairs),
            partial(pairs_per_second, lambda: partial(switched, question_ledger(pairs, TASKS)), pairs),
            partial(pairs_per_second, lambda: partial(switched, question_ledger(pairs, ROOM)), pairs),
            partial(pairs_per_second, lambda: switches_alone, pairs),
            partial(pairs_per_second, lambda: partial(limiter_alone, anyio.CapacityLimiter(ROOM)), pairs),
        ],
        repeats=3 if quick else 7,
    )
    show(
        f"Ledger, {TASKS} tasks on three nested ledgers, {pairs:,} pairs",
        [
            Row("no switch, pairs/s", no_switch, "100,000"),
            Row("a switch in each, pairs/s", held),
            Row(f"contended, room for {ROOM}, pairs/s", contended, "100,000"),
            Row("switches without a ledger, turns/s", switches),
            Row(f"CapacityLimiter({ROOM}) without a ledger, turns/s", limiter),
            Row("contended / CapacityLimiter", ratios(contended, limiter)),
        ],
    )


if __name__ == "__main__":
    main()
