"""The gateway's file: keys, what each has spent, what is set aside, and an audit log, in one SQLite database.

Write-ahead logging lets the command line change keys while a gateway runs. A transaction that was committed survives
the gateway's death, and one that was not leaves nothing behind.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from outlay.core.errors import StoreError

SCHEMA = """
create table if not exists keys (
    id text primary key, name text not null, project text not null, digest text not null unique, hint text not null,
    scopes text not null, models text not null, tokens integer, dollars real, requests_per_minute integer,
    concurrent integer, created text not null, expires text, revoked text
);
create table if not exists spent (
    account text primary key, tokens integer not null, dollars real not null, requests integer not null
);
create table if not exists reservations (
    id text primary key, key text not null, project text not null, tokens integer not null, dollars real not null,
    committed_tokens integer not null, committed_dollars real not null, opened text not null
);
create table if not exists recent (account text not null, at real not null);
create index if not exists recent_of on recent (account, at);
create table if not exists audit (
    number integer primary key, at text not null, action text not null, subject text not null, details text not null
);
"""


class Database:
    """The file; made where it is missing, readable by its owner alone.

    Args:
        path: where it is.

    Raises:
        StoreError: if it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.touch(mode=0o600)
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=10)
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("pragma journal_mode = wal")
            self._connection.execute("pragma synchronous = normal")
            self._connection.executescript(SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"cannot open the gateway's accounts {str(path)!r}: {error}") from None

    def rows(self, statement: str, *values: object) -> list[sqlite3.Row]:
        """What a query finds."""
        with self._telling():
            return self._connection.execute(statement, values).fetchall()

    def change(self, statement: str, *values: object) -> int:
        """Make one change; how many rows it changed."""
        with self._telling():
            return self._connection.execute(statement, values).rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes within, or none of them; nobody else changes anything meanwhile."""
        self.change("begin immediate")
        try:
            yield
        except BaseException:
            self.change("rollback")
            raise
        self.change("commit")

    def note(self, action: str, subject: str, details: str = "") -> None:
        """Add a line to the audit log."""
        self.change(
            "insert into audit (at, action, subject, details) values (?, ?, ?, ?)", now(), action, subject, details
        )

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"the gateway's accounts {str(self.path)!r}: {error}") from None


def now() -> str:
    """The time, as the file has it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
