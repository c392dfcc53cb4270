"""The results folder: an SQLite database in which everything is on disk before it is counted.

``synchronous=FULL`` makes each commit wait for the disk (about two milliseconds), so what is committed survives a kill
and a power cut. Reports read while a run writes; a second run on the same folder is refused.
"""

import json
import platform
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import numpy as np

from outlay.bench.circumstances import details
from outlay.bench.connection import Connection, FileConnection, Statement, telling
from outlay.bench.experiment import Experiment
from outlay.bench.grid import Cell, Trial
from outlay.bench.records import TrialRecord
from outlay.core.cost import NOTHING, Cost
from outlay.core.errors import InvalidInputError, StoreError

DATABASE = "results.sqlite"
LOCK = "running.lock"
SCHEMA = """
create table if not exists manifest (
    session integer primary key, started text, name text, experiment text, baseline text, seeds text,
    outlay text, python text, numpy text, platform text, details text default '{}'
);
create table if not exists planned (position integer primary key, key text unique, cell text, question integer);
create table if not exists trials (
    key text primary key, cell text, question integer, record text, cause text, finished text
);
create table if not exists samples (
    id integer primary key, trial text, request text, text text, token_ids text, logprobs text, finish text,
    cost text, charged text, stateful integer, elapsed real, unique (trial, request)
);
create table if not exists calls (trial text, request text, charged text, answer text, primary key (trial, request));
create table if not exists traces (key text primary key, trace blob);
"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Under which circumstances a session of an experiment was run."""

    started: str
    name: str
    experiment: str
    baseline: str
    seeds: tuple[int, ...]
    outlay: str
    python: str
    numpy: str
    platform: str
    details: Mapping[str, object]
    """The command, the commit, a digest of the questions, the models' cards."""

    @classmethod
    def of(cls, experiment: Experiment, trials: Sequence[Trial]) -> "Manifest":
        """The manifest of a session that starts here and now."""
        return cls(
            datetime.now(UTC).isoformat(timespec="seconds"), experiment.name, experiment.source, experiment.baseline,
            experiment.seeds, metadata.version("outlay"), platform.python_version(), np.__version__,
            platform.platform(), details(experiment, trials),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredTrial:
    """A planned trial and what came of it.

    Attributes:
        key: its key.
        cell: what was run.
        index: the question's number.
        record: its result, once it has one.
        cause: why it failed, if it did. A failure is not a wrong answer.
    """

    key: str
    cell: Cell
    index: int
    record: TrialRecord | None
    cause: str | None


@dataclass(frozen=True, slots=True)
class Planned:
    """A planned trial, without what came of it.

    Attributes:
        key: its key.
        cell: what is run.
        index: the question's number.
        finished: whether it has a result.
        cause: why it failed, if it did.
    """

    key: str
    cell: Cell
    index: int
    finished: bool
    cause: str | None


class Store:
    """The database of one results folder.

    Args:
        connection: opened by ``open_store`` or ``read_store``, or the way to one that another process has opened.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """Run one statement as one transaction; on disk when this returns.

        Raises:
            StoreError: if the database refuses.
        """
        return self._connection.execute(statement, values)

    def write(self, statements: Sequence[Statement]) -> None:
        """Run statements that write as one transaction; on disk when this returns.

        Raises:
            StoreError: if the database refuses.
        """
        self._connection.write(statements)

    def begin(self, manifest: Manifest, trials: Sequence[Trial]) -> None:
        """Note a session and what it is to run; what other trials left behind stays, but is not reported."""
        values = [*asdict(manifest).values()]
        values[4], values[9] = json.dumps(manifest.seeds), json.dumps(manifest.details)
        planned = [(i, t.key, json.dumps(t.cell.as_dict()), t.index) for i, t in enumerate(trials)]
        self.write(
            [
                Statement(f"insert into manifest values (null{', ?' * len(values)})", values),  # noqa: S608
                Statement("delete from planned"),
                *(Statement("insert into planned values (?, ?, ?, ?)", row) for row in planned),
            ]
        )

    def finish(self, trial: Trial, record: TrialRecord, trace: bytes | None = None) -> None:
        """Keep a result, and with it the trace of how it came about, packed, if there is one."""
        kept = [_ended(trial, json.dumps(record.as_dict()), None)]
        if trace is not None:
            kept.append(Statement("insert or replace into traces values (?, ?)", (trial.key, trace)))
        self.write(kept)

    def fail(self, trial: Trial, cause: str) -> None:
        """Keep why a trial has no result."""
        self.write([_ended(trial, None, cause)])

    def manifests(self) -> list[Manifest]:
        """All sessions, first to last."""
        rows = self.execute("select * from manifest order by session")
        return [
            # Folders of before there were details lack them.
            Manifest(*row[1:5], tuple(json.loads(str(row[5]))), *row[6:10], json.loads(str((*row[10:], "{}")[0])))  # type: ignore[arg-type,call-arg]
            for row in rows
        ]

    def matched(self, trials: Sequence[Trial]) -> list[StoredTrial]:
        """Some trials, planned here or not, with what came of them."""
        known = {row[0]: row[1:] for row in self.execute("select key, record, cause from trials")}
        return [_stored(t.key, t.cell, t.index, *known.get(t.key, (None, None))) for t in trials]

    def charged(self, key: str = "%") -> Cost:
        """What trials were charged, as far as they were run: one of them, or all of the folder, planned or not."""
        finished = "select key from trials where record is not null"
        statements = (
            "select json_extract(record, '$.cost') from trials where key like ? and record is not null",
            f"select charged from samples where trial like ? and trial not in ({finished})",  # noqa: S608 (no input)
            f"select charged from calls where trial like ? and trial not in ({finished})",  # noqa: S608
        )
        rows = [row for statement in statements for row in self.execute(statement, (key,))]
        return replace(sum((Cost(**json.loads(str(row[0]))) for row in rows), NOTHING), seconds=0.0)

    def trials(self) -> Iterator[StoredTrial]:
        """Every planned trial with what came of it so far, in the order of the plan."""
        rows = self.execute(
            "select planned.key, planned.cell, planned.question, record, cause from planned "
            "left join trials on trials.key = planned.key order by position"
        )
        for key, cell, index, record, cause in rows:
            yield _stored(str(key), Cell(**json.loads(str(cell))), int(str(index)), record, cause)

    def plan(self) -> Iterator[Planned]:
        """Every planned trial in the order of the plan; results themselves are left where they are."""
        rows = self.execute(
            "select planned.key, planned.cell, planned.question, record is not null, cause from planned "
            "left join trials on trials.key = planned.key order by position"
        )
        cells: dict[str, Cell] = {}
        for key, text, index, finished, cause in rows:
            cell = cells.get(str(text)) or cells.setdefault(str(text), Cell(**json.loads(str(text))))
            why = None if cause is None else str(cause)
            yield Planned(str(key), cell, int(str(index)), bool(finished), why)

    def records(self, keys: Sequence[str]) -> Iterator[tuple[str, TrialRecord]]:
        """The results of trials that have one, by key; one at a time, so that they need not fit into memory."""
        for key in keys:
            for (record,) in self.execute("select record from trials where key = ? and record is not null", (key,)):
                yield key, TrialRecord.from_dict(json.loads(str(record)))

    def version(self) -> str:
        """A text that is another one as soon as there is another result, failure or session."""
        ((sessions, planned, trials, newest),) = self.execute(
            "select (select count(*) from manifest), (select count(*) from planned), count(*), max(rowid) from trials"
        )
        return f"{sessions}-{planned}-{trials}-{newest}"


def _ended(trial: Trial, record: str | None, cause: str | None) -> Statement:
    """What keeps how a trial ended."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    values = (trial.key, json.dumps(trial.cell.as_dict()), trial.index, record, cause, now)
    return Statement("insert or replace into trials values (?, ?, ?, ?, ?, ?)", values)


def _stored(key: str, cell: Cell, index: int, record: object, cause: object) -> StoredTrial:
    found = None if record is None else TrialRecord.from_dict(json.loads(str(record)))
    return StoredTrial(key, cell, index, found, None if cause is None else str(cause))


@contextmanager
def open_store(folder: Path) -> Iterator[Store]:
    """The store of a folder, made if it is not there, for one run at a time.

    Raises:
        StoreError: if another run uses the folder, or it cannot be written.
    """
    with telling():
        folder.mkdir(parents=True, exist_ok=True)
        lock = sqlite3.connect(folder / LOCK, timeout=0, isolation_level=None)
    with closing(lock):
        try:
            # The operating system drops this lock with the process, however it ends.
            lock.execute("begin exclusive")
        except sqlite3.OperationalError as error:
            raise StoreError(f"another run is using {str(folder)!r}; wait for it or name another folder") from error
        with closing(FileConnection(folder / DATABASE)) as connection:
            connection.make(SCHEMA)
            _complete(connection)
            yield Store(connection)


@contextmanager
def read_store(folder: Path) -> Iterator[Store]:
    """The store of a folder that a run has made, finished or not.

    Raises:
        InvalidInputError: if there is none.
        StoreError: if it cannot be read.
    """
    path = folder / DATABASE
    if not path.is_file():
        raise InvalidInputError(f"there are no results in {str(folder)!r}: it has no file {DATABASE}")
    with closing(FileConnection(path)) as connection:
        yield Store(connection)


def _complete(connection: FileConnection) -> None:
    """Add the column that folders of before it was there lack."""
    columns = [row[1] for row in connection.execute("pragma table_info(manifest)")]
    if "details" not in columns:
        connection.execute("alter table manifest add column details text default '{}'")
