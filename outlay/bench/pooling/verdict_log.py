"""Verdicts on disk as they come, so that judging can be killed and goes on without paying for any of them again."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from outlay.core.errors import StoreError

OPENING = """
pragma locking_mode = exclusive;
pragma synchronous = full;
begin exclusive;
create table if not exists verdicts (key text primary key, verdicts text);
commit;
"""
"""The lock is held until the process ends, however it ends; and each commit waits for the disk."""


@dataclass(frozen=True, slots=True)
class KeptVerdict:
    """What a pool keeps of a verdict.

    Attributes:
        score: in [0, 1]; None where the verifier could not tell.
        steps: one score for each step, where it judges steps.
        tokens: what it was paid.
    """

    score: float | None
    steps: tuple[float, ...] | None
    tokens: int


class VerdictLog:
    """Verdicts by what was judged: a key that stands for the verifier, the question and the answers.

    Args:
        connection: opened by ``open_verdicts``.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @property
    def empty(self) -> bool:
        """Whether there are no verdicts at all."""
        with _telling():
            return self._connection.execute("select 1 from verdicts limit 1").fetchone() is None

    def get(self, key: str) -> list[KeptVerdict] | None:
        """The verdicts on some answers, in their order; None if there are none.

        Raises:
            StoreError: if the file cannot be read.
        """
        with _telling():
            row = self._connection.execute("select verdicts from verdicts where key = ?", (key,)).fetchone()
        if row is None:
            return None
        return [
            KeptVerdict(score, None if steps is None else tuple(steps), tokens)
            for score, steps, tokens in json.loads(row[0])
        ]

    def add(self, key: str, verdicts: Sequence[KeptVerdict]) -> None:
        """Keep verdicts; on disk when this returns.

        Raises:
            StoreError: if the file cannot be written.
        """
        text = json.dumps([(one.score, one.steps, one.tokens) for one in verdicts])
        with _telling():
            self._connection.execute("insert or replace into verdicts values (?, ?)", (key, text))


@contextmanager
def open_verdicts(path: Path) -> Iterator[VerdictLog]:
    """The verdicts in a file, made if it is not there, for one process at a time; left without any, it is removed.

    Raises:
        StoreError: if another process uses it, or it cannot be read or written.
    """
    with _telling():
        connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    log = VerdictLog(connection)
    empty = False
    try:
        with closing(connection):
            with _telling():
                connection.executescript(OPENING)
            try:
                yield log
            finally:
                empty = log.empty
    finally:
        if empty:
            path.unlink(missing_ok=True)


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"the verdicts cannot be read or written: {error}") from error
