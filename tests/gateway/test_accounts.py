"""Limits of keys and projects hold, whoever asks at the same time, and whatever happens to the gateway."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.core.budget import Budget
from outlay.core.cost import Cost
from outlay.core.errors import StoreError
from outlay.core.ledger import BudgetExhausted, Ledger
from outlay.gateway.accounts import Accounts, Wanted
from outlay.gateway.database import Database
from outlay.gateway.errors import RefusedError
from outlay.gateway.keys import Key
from outlay.gateway.limits import Allowance, tighter

CALL = Cost(prompt_tokens=40, calls=1, dollars=0.25)


def wanted(
    number: int, tokens: int = 100, project: str = "", limit: int | None = None, rate: int | None = None
) -> Wanted:
    allowance = Allowance(Budget(tokens=limit), rate)
    return Wanted(f"r{number}", Key("k", "k", project, allowance=allowance), Budget(tokens=tokens), CALL)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(tmp_path: Path, clock: Clock) -> Iterator[Accounts]:
    database = Database(tmp_path / "a.sqlite")
    made = Accounts(database, {"p": Allowance(Budget(tokens=150))}, clock)
    yield made
    made.close()
    database.close()


def opened(accounts: Accounts, request: Wanted) -> Ledger:
    ledger = accounts.open(request)
    assert ledger is not None
    return ledger


async def pay(ledger: Ledger, cost: Cost = CALL) -> None:
    async with ledger.reserve(cost) as reservation:
        reservation.charge(cost)


@pytest.mark.anyio
async def test_what_is_left_shrinks_until_nothing_is(accounts: Accounts) -> None:
    first = opened(accounts, wanted(1, tokens=200, limit=150))
    assert first.budget.tokens == 150
    await pay(first)
    accounts.settle(wanted(1, limit=150), first)
    assert (accounts.spent("key:k").tokens, accounts.spent("key:k").dollars) == (40, 0.25)
    second = opened(accounts, wanted(2, limit=150))
    assert second.budget.tokens == 100
    await pay(second)
    await pay(second)
    accounts.settle(wanted(2, limit=150), second)
    with pytest.raises(RefusedError, match="30 tokens left") as refused:
        accounts.open(wanted(3, limit=150))
    assert (refused.value.status, refused.value.code) == (402, "budget_exceeded")


def test_who_must_wait_for_others_is_told_so(accounts: Accounts) -> None:
    first = opened(accounts, wanted(1, limit=120))
    assert accounts.open(wanted(2, limit=120)) is None
    accounts.settle(wanted(1, limit=120), first)
    assert accounts.open(wanted(2, limit=120)) is not None


def test_a_project_shares_its_limits(accounts: Accounts) -> None:
    mine = opened(accounts, wanted(1, project="p"))
    assert mine.budget.tokens == 100
    theirs = opened(accounts, wanted(2, project="p"))
    assert theirs.budget.tokens == 50
    assert accounts.open(wanted(3, project="p")) is None
    accounts.settle(wanted(1, project="p"), mine)
    assert opened(accounts, wanted(3, project="p")).budget.tokens == 100


def test_requests_a_minute(accounts: Accounts, clock: Clock) -> None:
    for number in range(3):
        opened(accounts, wanted(number, rate=3))
        clock.now += 10
    with pytest.raises(RefusedError) as refused:
        accounts.open(wanted(3, rate=3))
    assert (refused.value.status, refused.value.headers["retry-after"]) == (429, "30")
    clock.now += 30
    assert accounts.open(wanted(3, rate=3)) is not None


@pytest.mark.anyio
async def test_a_dead_gateways_calls_are_booked_at_their_worst(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.sqlite")
    dead = Accounts(database, {})
    ledger = opened(dead, wanted(1, tokens=1000, project="p"))
    await pay(ledger)
    under_way = ledger.child().reserve(CALL)
    await under_way.__aenter__()
    # Nothing of the dead gateway is undone: it just ends here.
    dead.close()
    database.close()
    database = Database(tmp_path / "a.sqlite")
    born = Accounts(database, {})
    assert born.recover() == 1
    for account in ("key:k", "project:p"):
        assert (born.spent(account).tokens, born.spent(account).dollars) == (80, 0.5)
    assert born.recover() == 0
    assert born.spent("key:k").tokens == 80
    born.close()
    database.close()


def test_one_gateway_at_a_time(accounts: Accounts, tmp_path: Path) -> None:
    database = Database(tmp_path / "a.sqlite")
    with pytest.raises(StoreError, match="another gateway"):
        Accounts(database, {})
    database.close()


STEPS = st.lists(st.tuples(st.sampled_from(["open", "pay", "settle", "crash"]), st.integers(0, 3)), max_size=30)


@settings(max_examples=30)
@given(STEPS)
def test_no_limit_is_passed_whatever_happens(steps: list[tuple[str, int]]) -> None:
    async def play(database: Database) -> None:
        accounts = Accounts(database, {"p": Allowance(Budget(tokens=300))})
        under_way: dict[int, tuple[Wanted, Ledger]] = {}
        paid = 0
        for position, (step, which) in enumerate(steps):
            if step == "crash":
                accounts.close()
                under_way.clear()
                accounts = Accounts(database, {"p": Allowance(Budget(tokens=300))})
                accounts.recover()
            elif step == "open" and which not in under_way:
                request = replace(wanted(0, project="p", limit=200), id=f"r{position}")
                try:
                    ledger = accounts.open(request)
                except RefusedError:
                    continue
                if ledger is not None:
                    under_way[which] = (request, ledger)
            elif step == "pay" and which in under_way:
                with contextlib.suppress(BudgetExhausted):
                    await pay(under_way[which][1])
                    paid += CALL.tokens
            elif step == "settle" and which in under_way:
                accounts.settle(*under_way.pop(which))
            assert paid <= 200
            assert accounts.spent("key:k").tokens <= paid
        for request, ledger in under_way.values():
            accounts.settle(request, ledger)
        assert accounts.spent("key:k").tokens == accounts.spent("project:p").tokens == paid
        accounts.close()

    with TemporaryDirectory() as folder:
        database = Database(Path(folder) / "a.sqlite")
        anyio.run(play, database)
        database.close()


BUDGETS = st.builds(
    Budget,
    tokens=st.none() | st.integers(1, 9),
    dollars=st.none() | st.floats(0.1, 9),
    seconds=st.none() | st.integers(1, 9),
)


@given(BUDGETS, BUDGETS)
def test_the_tighter_of_two_budgets(first: Budget, second: Budget) -> None:
    both = tighter(first, second).as_dict()
    assert set(both) == set(first.as_dict()) | set(second.as_dict())
    assert all(value == min(one.as_dict().get(name, value) for one in (first, second)) for name, value in both.items())
