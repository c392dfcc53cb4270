"""Turns: first come first served within a key, fair between keys, and none that waits for ever."""

from collections.abc import Callable
from functools import partial

import anyio
import pytest

from outlay.core.ledger import Ledger
from outlay.gateway.errors import RefusedError, spent
from outlay.gateway.queue import Group, Queue

pytestmark = pytest.mark.anyio


async def ask(
    queue: Queue,
    order: list[str],
    name: str,
    release: anyio.Event,
    groups: tuple[Group, ...] | None = None,
    begin: Callable[[], Ledger | None] = Ledger,
) -> None:
    async with queue.turn(groups or (Group(name[0]),), begin, lambda _: None):
        order.append(name)
        await release.wait()


async def test_keys_share_fairly() -> None:
    queue, order = Queue(1, 100, 60), []  # type: ignore[var-annotated]
    steps = {name: anyio.Event() for name in ("a1", "a2", "a3", "b1", "b2", "c1")}
    async with anyio.create_task_group() as group:
        for name, release in steps.items():
            group.start_soon(ask, queue, order, name, release)
            await anyio.wait_all_tasks_blocked()
        while len(order) < len(steps):
            steps[order[-1]].set()
            await anyio.wait_all_tasks_blocked()
        steps[order[-1]].set()
    assert order == ["a1", "a2", "b1", "c1", "a3", "b2"]
    assert (queue.under_way, queue.waiting) == (0, 0)


async def test_a_key_that_uses_much_waits_for_one_that_uses_little() -> None:
    queue, order, release = Queue(3, 100, 60), [], anyio.Event()  # type: ignore[var-annotated]
    first = anyio.Event()
    async with anyio.create_task_group() as group:
        group.start_soon(ask, queue, order, "a1", first)
        for name in ("a2", "a3", "a4", "b1"):
            await anyio.wait_all_tasks_blocked()
            group.start_soon(ask, queue, order, name, release)
        await anyio.wait_all_tasks_blocked()
        first.set()
        await anyio.wait_all_tasks_blocked()
        assert order == ["a1", "a2", "a3", "b1"]
        release.set()
    assert order[-1] == "a4"


async def test_a_group_that_is_full_holds_up_nobody_else() -> None:
    queue, order, release = Queue(9, 100, 60), [], anyio.Event()  # type: ignore[var-annotated]
    project = Group("project", 1)
    async with anyio.create_task_group() as group:
        for name, groups in (("a1", (Group("a"), project)), ("b1", (Group("b"), project)), ("c1", (Group("c", 1),))):
            group.start_soon(ask, queue, order, name, release, groups)
        await anyio.wait_all_tasks_blocked()
        assert (order, queue.waiting) == (["a1", "c1"], 1)
        release.set()
    assert order == ["a1", "c1", "b1"]


async def test_who_waits_for_a_budget_goes_on_when_others_settle() -> None:
    queue, order, release = Queue(9, 100, 60), [], anyio.Event()  # type: ignore[var-annotated]
    async with anyio.create_task_group() as group:
        group.start_soon(ask, queue, order, "a1", release)
        await anyio.wait_all_tasks_blocked()
        answers = iter([None, Ledger()])
        group.start_soon(partial(ask, queue, order, "b1", release, begin=lambda: next(answers)))
        await anyio.wait_all_tasks_blocked()
        assert order == ["a1"]
        release.set()
    assert order == ["a1", "b1"]


async def test_nobody_waits_for_ever_or_in_too_long_a_line() -> None:
    queue, order, release = Queue(1, 1, 0.01), [], anyio.Event()  # type: ignore[var-annotated]
    async with anyio.create_task_group() as group:
        group.start_soon(ask, queue, order, "a1", release)
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(RefusedError, match="no turn came") as late:
            await ask(queue, order, "b1", release)
        assert (late.value.status, late.value.headers["retry-after"]) == (429, "1")
        patient = Queue(0, 0, 60)
        with pytest.raises(RefusedError, match="too many requests wait"):
            await ask(patient, order, "b1", release)
        release.set()
    assert (queue.under_way, queue.waiting) == (0, 0)


async def test_a_refusal_ends_the_wait() -> None:
    def begin() -> Ledger | None:
        raise spent("nothing left")

    queue = Queue(1, 1, 60)
    with pytest.raises(RefusedError, match="nothing left"):
        await ask(queue, [], "a1", anyio.Event(), begin=begin)
    assert (queue.under_way, queue.waiting) == (0, 0)


async def test_cancelled_turns_and_waits_leave_nothing() -> None:
    queue, order = Queue(2, 100, 60), []  # type: ignore[var-annotated]
    async with anyio.create_task_group() as group:
        for number in range(5):
            group.start_soon(ask, queue, order, f"a{number}", anyio.Event())
        await anyio.wait_all_tasks_blocked()
        assert (queue.under_way, queue.waiting) == (2, 3)
        group.cancel_scope.cancel()
    assert (queue.under_way, queue.waiting) == (0, 0)
