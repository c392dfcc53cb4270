"""What keys and projects have spent and what is set aside for requests under way, on disk before it is used.

Each request sets aside the most it may spend. While it runs, its row says what it has spent and what its calls under
way may still cost; so a gateway that dies leaves behind what is to be booked, and the next one books it. Nothing is
booked twice, and no limit is passed, whenever that happens.
"""

import fcntl
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from outlay.core.budget import Budget, Limit
from outlay.core.cost import Cost
from outlay.core.errors import StoreError
from outlay.core.ledger import Ledger
from outlay.gateway.database import Database, now
from outlay.gateway.errors import later, spent
from outlay.gateway.keys import Key
from outlay.gateway.limits import Allowance, tighter

MINUTE = 60.0
MOST_DOLLARS = 1e6
"""What a request may spend that nothing limits in dollars."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request needs.

    Attributes:
        id: of the request.
        key: who asks.
        budget: the most that it may spend; it limits tokens.
        least: the worst case of the first call that it makes.
    """

    id: str
    key: Key
    budget: Budget
    least: Cost


@dataclass(frozen=True, slots=True)
class Spent:
    """What an account has come to."""

    tokens: int = 0
    dollars: float = 0.0
    requests: int = 0


class Accounts:
    """The accounts of one gateway; a second gateway on the same file is refused.

    Args:
        database: where they are kept.
        projects: their allowances.
        clock: the time in seconds since 1970.

    Raises:
        StoreError: if another gateway uses the file.
    """

    def __init__(
        self, database: Database, projects: Mapping[str, Allowance], clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._projects = projects
        self._clock = clock
        # Held as long as the gateway lives, and let go by the system if it dies.
        self._lock = database.path.with_name(f"{database.path.name}.lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise StoreError(f"another gateway uses the accounts {str(database.path)!r}") from None

    def recover(self) -> int:
        """Book what requests of a gateway that died had spent or may have spent, and release the rest; how many."""
        with self._database.transaction():
            left = self._database.rows("select * from reservations")
            for row in left:
                self._book(row["key"], row["project"], row["committed_tokens"], row["committed_dollars"])
            self._database.change("delete from reservations")
            if left:
                self._database.note("reservations settled after a crash", str(len(left)))
        return len(left)

    def spent(self, account: str) -> Spent:
        """What an account, ``key:ID`` or ``project:NAME``, has come to."""
        rows = self._database.rows("select tokens, dollars, requests from spent where account = ?", account)
        return Spent(*rows[0]) if rows else Spent()

    def open(self, wanted: Wanted) -> Ledger | None:
        """Set aside what a request may spend: the ledger that pays for it. None if others must be settled first.

        A request gets what is left where that is less than it wants, as long as it pays for its first call.

        Raises:
            RefusedError: if too many requests began within a minute, or the budget cannot pay.
        """
        key = wanted.key
        with self._database.transaction():
            budget = wanted.budget
            for column, account, whose, allowance in self._allowances(key):
                self._check_rate(account, whose, allowance)
                left = self._left(column, account, allowance.budget, wanted.least, whose)
                if left is None:
                    return None
                budget = tighter(budget, left)
            for _, account, _, _ in self._allowances(key):
                self._database.change("insert into recent values (?, ?)", account, self._clock())
            self._database.change(
                "insert into reservations values (?, ?, ?, ?, ?, 0, 0, ?)",
                wanted.id, key.id, key.project, budget.tokens, budget.dollars or 0.0, now(),
            )  # fmt: skip
        ledger: Ledger

        def note() -> None:
            self._database.change(
                "update reservations set committed_tokens = ?, committed_dollars = ? where id = ?",
                math.ceil(ledger.committed(Limit.TOKENS)), ledger.committed(Limit.DOLLARS), wanted.id,
            )  # fmt: skip

        # A ledger keeps what is set aside of what it limits alone.
        ledger = Ledger(replace(budget, dollars=budget.dollars or MOST_DOLLARS), watch=note)
        return ledger

    def settle(self, wanted: Wanted, ledger: Ledger) -> None:
        """Book what a request has spent and release the rest."""
        cost = ledger.spent
        with self._database.transaction():
            self._database.change("delete from reservations where id = ?", wanted.id)
            self._book(wanted.key.id, wanted.key.project, cost.tokens, cost.dollars)

    def close(self) -> None:
        """Let another gateway use the file."""
        self._lock.close()

    def _allowances(self, key: Key) -> list[tuple[str, str, str, Allowance]]:
        own = ("key", f"key:{key.id}", "the key", key.allowance)
        if not key.project:
            return [own]
        shared = self._projects.get(key.project, Allowance())
        return [own, ("project", f"project:{key.project}", f"the project {key.project}", shared)]

    def _check_rate(self, account: str, whose: str, allowance: Allowance) -> None:
        most, clock = allowance.requests_per_minute, self._clock()
        self._database.change("delete from recent where account = ? and at <= ?", account, clock - MINUTE)
        if most is None:
            return
        begun = self._database.rows("select at from recent where account = ? order by at desc", account)
        if len(begun) >= most:
            frees = begun[most - 1]["at"] + MINUTE - clock
            raise later(f"{whose} may begin {most} requests a minute", frees)

    def _left(self, column: str, account: str, limits: Budget, least: Cost, whose: str) -> Budget | None:
        """What is left of an account's budget; None if too little, but more once others are settled."""
        used = self.spent(account)
        # The column is one of our own two words.
        (held,) = self._database.rows(
            f"select coalesce(sum(tokens), 0) as tokens, coalesce(sum(dollars), 0) as dollars "  # noqa: S608
            f"from reservations where {column} = ?",
            account.partition(":")[2],
        )
        left: dict[str, float] = {}
        for limit in (Limit.TOKENS, Limit.DOLLARS):
            most = getattr(limits, limit)
            if most is None:
                continue
            rest = most - getattr(used, limit)
            needed = max(getattr(least, limit), 1 if limit is Limit.TOKENS else 1e-12)
            if rest < needed:
                raise spent(f"{whose} has {max(rest, 0):g} {limit} left, and the request may need {needed:g}")
            left[limit] = rest - held[limit]
            if left[limit] < needed:
                return None
        return Budget(**left)  # type: ignore[arg-type]

    def _book(self, key: str, project: str, tokens: int, dollars: float) -> None:
        for account in (f"key:{key}", *([f"project:{project}"] if project else ())):
            self._database.change(
                "insert into spent values (?, ?, ?, 1) on conflict (account) do update set "
                "tokens = tokens + excluded.tokens, dollars = dollars + excluded.dollars, requests = requests + 1",
                account, tokens, dollars,
            )  # fmt: skip
