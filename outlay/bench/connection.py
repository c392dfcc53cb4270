"""The way to a results folder's database: in this process, or in another one that keeps it."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

from outlay.core.errors import StoreError


class Statement(NamedTuple):
    """An SQLite statement with what stands for its question marks."""

    text: str
    values: Sequence[object] = ()


class Connection(Protocol):
    """Runs statements.

    Raises:
        StoreError: in either method, if the database refuses.
    """

    def execute(self, statement: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """The rows that one statement finds; what it writes is on disk when this returns."""
        ...

    def write(self, statements: Sequence[Statement]) -> None:
        """Run statements that write, all of them or none; on disk when this returns."""
        ...


class FileConnection:
    """A database file that this process has opened.

    Args:
        path: the file; made if it is not there.
    """

    def __init__(self, path: Path) -> None:
        with telling():
            self._connection = sqlite3.connect(path, isolation_level=None)

    def execute(self, statement: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """The rows that one statement finds."""
        with telling():
            return self._connection.execute(statement, values).fetchall()

    def write(self, statements: Sequence[Statement]) -> None:
        """Run statements that write, all of them or none."""
        with telling():
            self._connection.execute("begin immediate")
            try:
                for statement in statements:
                    self._connection.execute(*statement)
            except BaseException:
                self._connection.execute("rollback")
                raise
            self._connection.execute("commit")

    def make(self, schema: str) -> None:
        """Make what a schema names; each commit waits for the disk."""
        with telling():
            self._connection.executescript("pragma journal_mode = wal; pragma synchronous = full;" + schema)

    def close(self) -> None:
        """Close it."""
        self._connection.close()


@contextmanager
def telling() -> Iterator[None]:
    """Tell of what SQLite or the disk refuses.

    Raises:
        StoreError: with what they say.
    """
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"the results cannot be read or written: {error}") from error
