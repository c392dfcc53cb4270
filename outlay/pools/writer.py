"""Writing a pool, problem by problem; the file appears under its name when it is whole."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from outlay.core.errors import InvalidInputError, StoreError, UnknownNameError
from outlay.pools.columns import arrow_column
from outlay.pools.manifest import KEY, Manifest
from outlay.pools.problem_samples import ProblemSamples
from outlay.pools.schema import IDENTITY, REPEATED, SCORE, arrow_schema

ROWS, BYTES = 16_384, 64 << 20
"""A row group is written before a problem that would make it larger than one of these."""
Rows = Iterable[Mapping[str, object]]
"""The samples of one problem, each by column; a column left out is null."""


class PoolWriter:
    """Writes a pool. Use it as a context: leaving it by an error, or being killed in it, leaves the old file or none.

    Args:
        path: where the pool is to be; a file there is replaced at the end.
        manifest: what to say of the pool; its date and version are filled in.
        verifiers: specifications of those whose verdicts are to be stored.
    """

    def __init__(self, path: Path | str, manifest: Manifest | None = None, verifiers: Sequence[str] = ()) -> None:
        self._path = Path(path)
        self._partial = self._path.with_name(f"{self._path.name}.part")
        said = {KEY: (manifest or Manifest()).dated().as_json()}
        self._schema = arrow_schema(tuple(dict.fromkeys(verifiers))).with_metadata(said)
        self._waiting: list[pa.Table] = []
        self._seen: set[tuple[object, ...]] = set()
        self._file: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        """Open the file under a name of its own.

        Raises:
            StoreError: if it cannot be written.
        """
        repeated = [name for name in REPEATED if name in self._schema.names]
        try:
            self._file = pq.ParquetWriter(
                self._partial, self._schema, compression="zstd", use_dictionary=repeated, version="2.6"
            )
        except OSError as error:
            raise StoreError(f"cannot write {self._path}: {error}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the file and give it its name; after an error, remove it.

        Raises:
            StoreError: if it cannot be written.
        """
        try:
            if error is None:
                self._flush()
            self._open_file.close()
            if error is None:
                self._partial.replace(self._path)
        except OSError as failure:
            raise StoreError(f"cannot write {self._path}: {failure}") from failure
        finally:
            self._file = None
            self._partial.unlink(missing_ok=True)

    def write(self, problem: ProblemSamples | Rows) -> None:
        """Add all samples of one problem; an empty one is left out.

        Raises:
            InvalidInputError: if the problem was written before, or a column is unknown or holds what it must not.
            StoreError: if the file cannot be written.
        """
        table = self._table(problem)
        if not table.num_rows:
            return
        key = tuple(table[name][0].as_py() for name in IDENTITY)
        where = f"problem {key[0]!r}"
        _check(table, where)
        if key in self._seen:
            raise InvalidInputError(f"{where} was written before; all its samples must be written at once")
        self._seen.add(key)
        rows, size = (sum(getattr(one, name) for one in self._waiting) for name in ("num_rows", "nbytes"))
        if self._waiting and (rows + table.num_rows > ROWS or size + table.nbytes > BYTES):
            self._flush()
        self._waiting.append(table)

    @property
    def _open_file(self) -> pq.ParquetWriter:
        if self._file is None:
            raise StoreError(f"{self._path} is not open: write to it within  with PoolWriter(...) as pool:")
        return self._file

    def _table(self, problem: ProblemSamples | Rows) -> pa.Table:
        columns = _columns_of(problem) if isinstance(problem, ProblemSamples) else _columns_of_rows(problem)
        for name in columns:
            if name not in self._schema.names:
                raise UnknownNameError("column of this pool", name, self._schema.names)
        rows = len(next(iter(columns.values()), ()))
        columns.setdefault("sample", range(rows))
        filled = []
        for field in self._schema:
            try:
                filled.append(_as_arrow(field, columns.get(field.name), rows))
            except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
                raise InvalidInputError(f"column {field.name} must hold {field.type}: {error}") from None
        return pa.Table.from_arrays(filled, schema=self._schema)

    def _flush(self) -> None:
        if not self._waiting:
            return
        group = pa.concat_tables(self._waiting)
        self._waiting = []
        try:
            self._open_file.write_table(group, row_group_size=group.num_rows)
        except OSError as error:
            raise StoreError(f"cannot write {self._path}: {error}") from error


def _columns_of(problem: ProblemSamples) -> dict[str, Any]:
    same = {name: getattr(problem, name) for name in (*IDENTITY, "question", "reference")}
    return {
        **{name: [value] * len(problem) for name, value in same.items()},
        **{name: arrow_column(name, column) for name, column in problem.columns()},
    }


def _columns_of_rows(rows: Rows) -> dict[str, Any]:
    held = list(rows)
    names = dict.fromkeys(name for row in held for name in row)
    return {name: [row.get(name) for row in held] for name in names}


def _as_arrow(field: pa.Field, column: object, rows: int) -> pa.Array:
    if column is None:
        default = {"task": "", "model": "", "level": 0}.get(field.name)
        return pa.array([default] * rows, field.type)
    return column if isinstance(column, pa.Array) else pa.array(column, field.type)


def _check(table: pa.Table, where: str) -> None:
    """What must hold of the samples of one problem.

    Raises:
        InvalidInputError: naming the column.
    """
    for name in (*IDENTITY, "question", "reference"):
        if len(table[name].unique()) != 1:
            raise InvalidInputError(f"{where}: {name} must be the same for all its samples")
        if name in IDENTITY and table[name].null_count:
            raise InvalidInputError(f"{where}: {name} is missing")
    count = table.num_rows
    if not np.array_equal(table["sample"].to_numpy(), np.arange(count)):
        raise InvalidInputError(f"{where}: sample must number its samples from 0, in order")
    vote = table["vote"].drop_null().to_numpy()
    if len(vote) and not (vote.min() >= 0 and vote.max() < count):
        raise InvalidInputError(f"{where}: vote must be the index of one of its {count} samples")
    for name in table.column_names:
        if name.startswith(SCORE):
            scores = table[name].drop_null().to_numpy()
            if not ((scores >= 0) & (scores <= 1)).all():
                raise InvalidInputError(f"{where}: {name} must be from 0 to 1")
