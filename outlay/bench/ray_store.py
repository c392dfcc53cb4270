"""A results folder that one process of a Ray cluster keeps for all others.

The keeper lives where the run was started, holds the folder's lock and writes alone. A worker that records a sample
waits until the keeper has it on disk, so a finished sample is as safe as in one process: a worker, or the process that
started the run, may be killed at any moment. As long as a keeper lives, no other run can have its folder.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outlay.bench.store import Store, open_store
from outlay.core.errors import StoreError

Values = Sequence[object]


class Keeper:
    """Keeps one folder; its methods are called from other processes, one after another.

    Args:
        folder: where results are kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened = ExitStack()
        self._store: Store | None = None

    def open(self) -> None:
        """Take the folder.

        Raises:
            StoreError: if another run has it, or it cannot be written.
        """
        self._store = self._opened.enter_context(open_store(self._folder))

    def execute(self, statement: str, values: Values) -> list[tuple[object, ...]]:
        """Run one statement; on disk when this returns."""
        return self._open().execute(statement, values)

    def execute_many(self, statement: str, rows: Sequence[Values]) -> None:
        """Run one statement for each row of values."""
        self._open().execute_many(statement, rows)

    def close(self) -> None:
        """Give the folder back."""
        self._store = None
        self._opened.close()

    def _open(self) -> Store:
        if self._store is None:
            raise StoreError("the results folder is closed")
        return self._store


@dataclass(frozen=True, slots=True)
class Found:
    """The rows that a keeper has sent."""

    rows: list[tuple[object, ...]]

    def fetchall(self) -> list[tuple[object, ...]]:
        """All rows."""
        return self.rows


class KeptConnection:
    """The way to a folder from any process of the cluster.

    Args:
        keeper: Ray's handle of a ``Keeper``.
    """

    def __init__(self, keeper: Any) -> None:
        self._keeper = keeper

    def execute(self, statement: str, values: Values = (), /) -> Found:
        """Run one statement.

        Raises:
            StoreError: if the database refuses, or the keeper is gone.
        """
        return Found(asked(self._keeper.execute.remote(statement, tuple(values))))

    def executemany(self, statement: str, rows: Sequence[Values], /) -> None:
        """Run one statement for each row of values.

        Raises:
            StoreError: if the database refuses, or the keeper is gone.
        """
        asked(self._keeper.execute_many.remote(statement, [tuple(row) for row in rows]))


def asked(reply: Any) -> Any:
    """What a keeper answers.

    Raises:
        StoreError: if it cannot, or is gone.
    """
    import ray  # noqa: PLC0415 (an optional extra)

    try:
        return ray.get(reply)
    except ray.exceptions.RayTaskError as error:
        raise StoreError(str(error.cause)) from None
    except ray.exceptions.RayError as error:
        raise StoreError(f"the process that keeps the results is gone: {error}") from error
