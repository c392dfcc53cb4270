"""The results of a run as flat tables: a row a trial, for pandas, polars and whatever reads Parquet or CSV."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from outlay.bench.grid import Cell
from outlay.bench.store import StoredTrial, read_store
from outlay.core.cost import Cost
from outlay.core.errors import InvalidInputError, MissingExtraError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

Row = dict[str, object]
KINDS: Mapping[type, str] = {str: "string", int: "int64", float: "float64", bool: "bool"}


class Table(StrEnum):
    """A file format of flat tables."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


def trials_table(folder: Path) -> "pa.Table":
    """A row for each trial that ended, in the order of the plan.

    Columns: those of the cell, ``index`` (the question's number), ``question``, ``value``, ``correct``, ``confidence``,
    ``stopped_by``, ``text``, ``candidates`` (how many), ``failure`` (why a trial has no result, whose other columns are
    then null), and every kind of cost.

    Raises:
        InvalidInputError: if the folder holds no results.
        StoreError: if it cannot be read.
    """
    import pyarrow as pa  # noqa: PLC0415 (slow to import)

    schema = pa.schema(list(_columns().items()))
    return pa.Table.from_pylist(list(rows(folder)), schema=schema)


def to_pandas(table: "pa.Table") -> "pd.DataFrame":
    """The table for pandas, with a type for each column that knows missing values.

    Raises:
        MissingExtraError: if pandas is not installed.
    """
    try:
        import pandas as pd  # noqa: PLC0415 (an extra)
    except ImportError:
        raise MissingExtraError("a table for pandas", "pandas") from None
    kinds = {
        "int64": pd.Int64Dtype(),
        "bool": pd.BooleanDtype(),
        "string": pd.StringDtype(),
        "double": pd.Float64Dtype(),
    }
    return table.to_pandas(types_mapper=lambda kind: kinds[str(kind)])


def to_polars(table: "pa.Table") -> "pl.DataFrame":
    """The table for polars.

    Raises:
        MissingExtraError: if polars is not installed.
    """
    try:
        import polars as pl  # noqa: PLC0415 (an extra)
    except ImportError:
        raise MissingExtraError("a table for polars", "polars") from None
    return pl.DataFrame(table)


def write_table(folder: Path, out: Path, kind: Table) -> int:
    """Write the trials of a results folder to a file; how many rows there are.

    Raises:
        InvalidInputError: if the folder holds no results, or the file cannot be written.
        StoreError: if the results cannot be read.
    """
    found = list(rows(folder))
    try:
        _WRITERS[kind](found, out)
    except OSError as error:
        raise InvalidInputError(f"cannot write {str(out)!r}: {error}") from error
    return len(found)


def rows(folder: Path) -> Iterator[Row]:
    """A row for each trial that ended, with every column in it.

    Raises:
        InvalidInputError: if the folder holds no results.
        StoreError: if it cannot be read.
    """
    with read_store(folder) as store:
        ended = [trial for trial in store.trials() if trial.record is not None or trial.cause is not None]
    if not ended:
        raise InvalidInputError(f"{str(folder)!r} holds no finished trial yet")
    columns = _columns()
    for trial in ended:
        row = _row(trial)
        yield {name: row.get(name) for name in columns}


def _row(trial: StoredTrial) -> Row:
    row: Row = {**trial.cell.as_dict(), "index": trial.index, "failure": trial.cause}
    record = trial.record
    if record is None:
        return row
    told = {
        name: getattr(record, name) for name in ("question", "value", "correct", "confidence", "stopped_by", "text")
    }
    return {**row, **told, "candidates": len(record.candidates), **record.cost.as_dict()}


def _columns() -> dict[str, str]:
    """The name and Arrow's type of every column, in order."""
    told = {
        "index": "int64", "question": "string", "value": "string", "correct": "bool", "confidence": "float64",
        "stopped_by": "string", "text": "string", "candidates": "int64", "failure": "string",
    }  # fmt: skip
    cell = {field.name: KINDS[field.type] for field in fields(Cell) if isinstance(field.type, type)}
    cost = {name: KINDS[type(value)] for name, value in Cost().as_dict().items()}
    return {**cell, **told, **cost}


def _write_csv(found: list[Row], out: Path) -> None:
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(_columns()))
        writer.writeheader()
        writer.writerows(found)


def _write_jsonl(found: list[Row], out: Path) -> None:
    with out.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in found)


def _write_parquet(found: list[Row], out: Path) -> None:
    import pyarrow as pa  # noqa: PLC0415 (slow to import)
    from pyarrow import parquet  # noqa: PLC0415

    parquet.write_table(pa.Table.from_pylist(found, schema=pa.schema(list(_columns().items()))), out)


_WRITERS: Mapping[Table, Callable[[list[Row], Path], None]] = {
    Table.CSV: _write_csv,
    Table.JSONL: _write_jsonl,
    Table.PARQUET: _write_parquet,
}
