"""Samples as rows of plain values: lines of JSON that can be imported again, CSV, and Parquet without a manifest."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from outlay.core.errors import InvalidInputError, StoreError, UnknownNameError
from outlay.pools.formats.written import written
from outlay.pools.pool import Pool
from outlay.pools.problem_samples import ProblemSamples
from outlay.pools.ragged import Ragged
from outlay.pools.schema import IDENTITY, SCORE

SAME = (*IDENTITY, "question", "reference")
"""Columns that are the same for all samples of a problem."""
_WHOLE = ("sample", "prompt_tokens", "completion_tokens", "step_tokens", "verifier_tokens:")


def rows_of(one: ProblemSamples) -> Iterator[dict[str, object]]:
    """Each sample as plain values by column; what is not known is None."""
    same = {name: getattr(one, name) for name in SAME}
    columns = {name: _plain(name, column) for name, column in one.columns()}
    for index in range(len(one)):
        yield {**same, **{name: column[index] for name, column in columns.items()}}


def write_jsonl(path: Path, problems: Iterable[ProblemSamples], columns: Sequence[str]) -> None:
    """Write a line a sample, without what is not known.

    Raises:
        StoreError: if the file cannot be written.
    """
    with written(path) as file:
        for one in problems:
            file.writelines(json.dumps(_line(row, columns), ensure_ascii=False) + "\n" for row in rows_of(one))


def write_csv(path: Path, problems: Iterable[ProblemSamples], columns: Sequence[str]) -> None:
    """Write a row a sample under a row of names; lists as JSON, true and false in lower case, nothing for null.

    Raises:
        StoreError: if the file cannot be written.
    """
    with written(path) as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for one in problems:
            writer.writerows([_cell(row.get(name)) for name in columns] for row in rows_of(one))


def write_parquet(path: Path, pool: Pool, columns: Sequence[str]) -> None:
    """Write some columns of a pool, for programs that know nothing of pools.

    Raises:
        StoreError: if a file cannot be read or written.
    """
    partial = path.with_name(f"{path.name}.part")
    try:
        with pq.ParquetFile(pool.path) as file:
            schema = pa.schema([file.schema_arrow.field(name) for name in columns])
            with pq.ParquetWriter(partial, schema, compression="zstd") as writer:
                for group in range(file.num_row_groups):
                    writer.write_table(file.read_row_group(group, columns=list(columns)).select(list(columns)))
        partial.replace(path)
    except (pa.ArrowException, OSError) as error:
        raise StoreError(f"cannot write {path}: {error}") from error
    finally:
        partial.unlink(missing_ok=True)


def chosen_columns(pool: Pool, wanted: Sequence[str]) -> tuple[str, ...]:
    """The wanted columns in that order; all of the pool's if none is named.

    Raises:
        UnknownNameError: for a column that the pool lacks.
        InvalidInputError: if one is named twice.
    """
    for name in wanted:
        if name not in pool.columns:
            raise UnknownNameError("column of this pool", name, pool.columns)
    if len(set(wanted)) < len(wanted):
        raise InvalidInputError("a column is named twice")
    return tuple(wanted) or pool.columns


def _line(row: dict[str, object], columns: Sequence[str]) -> dict[str, Any]:
    line: dict[str, Any] = {}
    for name in columns:
        value = row.get(name)
        if value is None or (name in IDENTITY and not value):
            continue
        kind, colon, verifier = name.partition(":")
        if colon:
            line.setdefault("scores" if name.startswith(SCORE) else kind, {})[verifier] = value
        else:
            line[name] = value
    return line


def _cell(value: object) -> object:
    return json.dumps(value) if isinstance(value, list | bool) else value


def _plain(name: str, column: Any) -> list[Any]:
    """A column as plain values."""
    kind: type = int if name.startswith(_WHOLE) else float
    if isinstance(column, Ragged):
        return [None if row is None else [kind(one) for one in row.tolist()] for row in column]
    if not isinstance(column, np.ndarray):
        return list(column)
    if name == "vote":
        return [None if one < 0 else one for one in column.tolist()]
    kind = bool if name == "correct" else kind
    return [None if one != one else kind(one) for one in column.tolist()]  # noqa: PLR0124 (NaN is not itself)
