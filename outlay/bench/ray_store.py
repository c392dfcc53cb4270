"""A results folder that one process of a Ray cluster keeps for all others.

The keeper lives where the run was started, holds the folder's lock and writes alone. A worker that records a sample
waits until the keeper has it on disk, so a finished sample is as safe as in one process: a worker, or the process that
started the run, may be killed at any moment. As long as a keeper lives, no other run can have its folder.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from outlay.bench.connection import Statement
from outlay.bench.store import Store, open_store
from outlay.core.errors import StoreError


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

    def execute(self, statement: str, values: Sequence[object]) -> list[tuple[object, ...]]:
        """The rows that one statement finds; what it writes is on disk when this returns."""
        return self._kept().execute(statement, values)

    def write(self, statements: Sequence[Statement]) -> None:
        """Run statements that write, all of them or none; on disk when this returns."""
        self._kept().write(statements)

    def close(self) -> None:
        """Give the folder back."""
        self._store = None
        self._opened.close()

    def _kept(self) -> Store:
        if self._store is None:
            raise StoreError("the results folder is closed")
        return self._store


class KeptConnection:
    """The way to a folder from any process of the cluster.

    Args:
        keeper: Ray's handle of a ``Keeper``.
    """

    def __init__(self, keeper: Any) -> None:
        self._keeper = keeper

    def execute(self, statement: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """The rows that one statement finds."""
        found: list[tuple[object, ...]] = asked(self._keeper.execute.remote(statement, values))
        return found

    def write(self, statements: Sequence[Statement]) -> None:
        """Run statements that write, all of them or none."""
        asked(self._keeper.write.remote(statements))


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
