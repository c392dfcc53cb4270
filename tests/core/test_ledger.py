"""The ledger under random calls: no limit is ever passed, every token is accounted for."""

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.core.budget import Budget, Limit
from outlay.core.cost import Cost
from outlay.core.ledger import BudgetExhausted, Ledger

pytestmark = pytest.mark.anyio


def tokens(count: int) -> Cost:
    return Cost(completion_tokens=count)


async def test_a_call_that_fits_is_granted_and_settled() -> None:
    ledger = Ledger(Budget(tokens=100))
    async with ledger.reserve(tokens(60)) as reservation:
        assert not ledger.fits(tokens(50))
        reservation.charge(tokens(10))
    assert ledger.spent.tokens == 10
    assert ledger.fits(tokens(90))
    assert not ledger.fits(tokens(91))


async def test_a_call_that_can_never_fit_is_refused_at_once() -> None:
    ledger = Ledger(Budget(tokens=100))
    with pytest.raises(BudgetExhausted, match="tokens budget has 100 left") as caught:
        async with ledger.reserve(tokens(101)):
            pass
    assert caught.value.limit is Limit.TOKENS


async def test_a_call_waits_for_what_others_may_free() -> None:
    ledger = Ledger(Budget(tokens=100))
    order: list[str] = []

    async def first() -> None:
        async with ledger.reserve(tokens(80)) as reservation:
            await anyio.lowlevel.checkpoint()
            await anyio.lowlevel.checkpoint()
            reservation.charge(tokens(5))
            order.append("first")

    async def second() -> None:
        async with ledger.reserve(tokens(80)):
            order.append("second")

    async with anyio.create_task_group() as group:
        group.start_soon(first)
        group.start_soon(second)
    assert order == ["first", "second"]


async def test_children_spend_from_their_parents() -> None:
    service = Ledger(Budget(tokens=100))
    request = service.child(Budget(tokens=70))
    async with request.reserve(tokens(60)) as reservation:
        reservation.charge(tokens(60))
    assert service.spent.tokens == 60
    with pytest.raises(BudgetExhausted):
        async with request.reserve(tokens(20)):
            pass
    other = service.child()
    with pytest.raises(BudgetExhausted):
        async with other.reserve(tokens(50)):
            pass
    async with other.reserve(tokens(40)):
        pass


async def test_a_waiter_of_one_child_wakes_when_another_child_settles() -> None:
    service = Ledger(Budget(tokens=100))
    left, right = service.child(), service.child()
    done: list[str] = []

    async def hold(release: anyio.Event) -> None:
        async with left.reserve(tokens(80)):
            await release.wait()
        done.append("left")

    async def wait() -> None:
        async with right.reserve(tokens(80)):
            done.append("right")

    release = anyio.Event()
    async with anyio.create_task_group() as group:
        group.start_soon(hold, release)
        group.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        assert done == []
        release.set()
    assert sorted(done) == ["left", "right"]


async def test_an_overrun_is_booked_in_full() -> None:
    ledger = Ledger(Budget(tokens=100))
    async with ledger.reserve(tokens(10)) as reservation:
        reservation.charge(tokens(25))
        assert reservation.overrun
    assert ledger.spent.tokens == 25
    assert ledger.fits(tokens(75))
    assert not ledger.fits(tokens(76))


CALLS = st.lists(
    st.tuples(
        st.integers(1, 40),  # worst case
        st.floats(0, 1),  # share of it that is really used
        st.sampled_from(["settle", "fail", "cancel"]),
        st.integers(0, 3),  # pauses while under way
        st.booleans(),  # paid from the child or from the root
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(calls=CALLS, limit=st.integers(5, 120), inner=st.integers(5, 120))
def test_no_limit_is_passed_and_every_token_is_accounted_for(
    calls: list[tuple[int, float, str, int, bool]], limit: int, inner: int
) -> None:
    async def main() -> None:
        root = Ledger(Budget(tokens=limit))
        child = root.child(Budget(tokens=inner))
        paid = {True: 0, False: 0}

        async def call(worst: int, share: float, end: str, pauses: int, from_child: bool) -> None:
            ledger = child if from_child else root
            with anyio.CancelScope() as scope:
                try:
                    async with ledger.reserve(tokens(worst)) as reservation:
                        used = int(worst * share)
                        for _ in range(pauses):
                            await anyio.lowlevel.checkpoint()
                        reservation.charge(tokens(used))
                        paid[from_child] += used
                        assert root.spent.tokens <= limit
                        assert child.spent.tokens <= inner
                        if end == "fail":
                            raise ConnectionError  # noqa: TRY301
                        if end == "cancel":
                            scope.cancel()
                            await anyio.lowlevel.checkpoint()
                except (BudgetExhausted, ConnectionError):
                    pass

        with anyio.fail_after(20):
            async with anyio.create_task_group() as group:
                for arguments in calls:
                    group.start_soon(call, *arguments)
        assert child.spent.tokens == paid[True]
        assert root.spent.tokens == paid[True] + paid[False]
        assert root.fits(tokens(limit - root.spent.tokens))
        assert child.fits(tokens(min(inner - child.spent.tokens, limit - root.spent.tokens)))

    anyio.run(main)


@settings(max_examples=100, deadline=None)
@given(
    calls=st.lists(st.tuples(st.integers(1, 40), st.floats(0, 1)), min_size=1, max_size=30),
    limit=st.integers(5, 200),
    pauses=st.lists(st.integers(0, 4), min_size=30, max_size=30),
)
def test_the_same_calls_are_granted_whatever_their_timing(
    calls: list[tuple[int, float]], limit: int, pauses: list[int]
) -> None:
    async def granted(pauses: list[int]) -> set[int]:
        ledger = Ledger(Budget(tokens=limit))
        found: set[int] = set()

        async def call(index: int) -> None:
            worst, share = calls[index]
            try:
                async with ledger.reserve(tokens(worst)) as reservation:
                    for _ in range(pauses[index]):
                        await anyio.lowlevel.checkpoint()
                    reservation.charge(tokens(int(worst * share)))
                    found.add(index)
            except BudgetExhausted:
                pass

        async with anyio.create_task_group() as group:
            for index in range(len(calls)):
                group.start_soon(call, index)
        return found

    assert anyio.run(granted, [0] * 30) == anyio.run(granted, pauses)


async def test_a_hidden_ledger_is_not_planned_by_but_keeps_its_limits() -> None:
    service = Ledger(Budget(tokens=100), hidden=True)
    left, right = service.child(Budget(tokens=90)), service.child()
    assert not right.limited
    assert left.limited
    async with left.reserve(tokens(80)) as reservation:
        assert right.fits(tokens(1000))
        assert not left.fits(tokens(11))
        with anyio.move_on_after(0.01):
            async with right.reserve(tokens(60)):
                raise AssertionError("it has to wait for what the other may free")
        reservation.charge(tokens(30))
    async with right.reserve(tokens(60)):
        pass
    assert not right.starved
    with pytest.raises(BudgetExhausted):
        async with right.reserve(tokens(71)):
            pass
    assert right.starved
    assert not left.starved
    assert not service.starved


async def test_only_a_ledger_above_starves() -> None:
    service = Ledger(Budget(tokens=100), hidden=True)
    request = service.child(Budget(tokens=50))
    strategy = request.child()
    with pytest.raises(BudgetExhausted):
        async with strategy.reserve(tokens(60)):
            pass
    assert strategy.starved
    assert not request.starved


async def test_what_was_paid_before_is_booked_and_what_is_paid_again_refunded() -> None:
    service = Ledger(Budget(tokens=100))
    service.book(tokens(90))
    request = service.child()
    assert service.spent.tokens == 90
    assert not service.fits(tokens(11))
    woken = anyio.Event()

    async def wait() -> None:
        async with request.reserve(tokens(10)):
            woken.set()

    async with anyio.create_task_group() as group, service.reserve(tokens(1)) as reservation:
        group.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        assert not woken.is_set()
        reservation.charge(tokens(1))
        service.refund(tokens(20))
        await anyio.wait_all_tasks_blocked()
        assert woken.is_set()
    assert service.spent.tokens == 71
    assert service.fits(tokens(29))
    assert not service.fits(tokens(30))
