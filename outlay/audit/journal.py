"""What has been answered and judged so far, on disk before it is counted: a killed audit goes on where it was."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from outlay.core.errors import InvalidInputError, StoreError

Entry = Mapping[str, Any]
"""Plain JSON values."""


class Journal:
    """Finished problems by their id.

    Args:
        file: open for appending.
        head: the line that must come first, if it is not there yet.
        known: what it holds already.
    """

    def __init__(self, file: TextIO, head: str, known: dict[str, Entry]) -> None:
        self._file = file
        self._head = head
        self._known = known

    def get(self, problem: str) -> Entry | None:
        """What is known of a problem."""
        return self._known.get(problem)

    def add(self, problem: str, entry: Entry) -> None:
        """Keep what is known of a problem; on disk when this returns.

        Raises:
            StoreError: if it cannot be written.
        """
        with _telling(self._file.name):
            self._file.write(f"{self._head}{json.dumps({'problem': problem, 'entry': entry})}\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        self._head = ""
        self._known[problem] = entry


@contextmanager
def open_journal(path: Path, settings: Entry) -> Iterator[Journal]:
    """The journal of an audit with these settings, made if it is not there.

    A line that a kill has cut short is dropped.

    Raises:
        InvalidInputError: if the file is that of other settings.
        StoreError: if it cannot be read or written.
    """
    head = json.dumps({"settings": dict(settings)}, sort_keys=True)
    with _telling(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+", encoding="utf-8") as file:
            file.seek(0)
            text = file.read()
            whole = text[: text.rfind("\n") + 1]
            file.truncate(len(whole.encode()))
            first, *lines = whole.splitlines() or [head]
            if first != head:
                raise InvalidInputError(f"{path} is of other settings, {first}; remove it or name another --out")
            known = {str(one["problem"]): one["entry"] for one in map(json.loads, lines)}
            yield Journal(file, "" if whole else f"{head}\n", known)


@contextmanager
def _telling(path: Path | str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path} cannot be read or written: {error}") from error
