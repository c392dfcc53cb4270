"""The summary as plain columns in CSV and Parquet, with every figure unrounded."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from outlay.bench.summary import Row
from outlay.statistics import Interval

Value = str | int | float | bool | None


def plain(row: Row) -> Mapping[str, Value]:
    """A row's figures by the names of their columns; shares, not per cent; None where there is none.

    Costs are the mean of a question.
    """
    compared = row.comparison
    return {
        **asdict(row.method),
        "questions": row.questions,
        "failed": row.failed,
        **_interval("accuracy", row.accuracy),
        **_interval("gain", compared.difference if compared else None),
        "p_value": row.p_value,
        "detectable_gain": compared.detectable if compared else None,
        **row.cost.as_dict(),
        "ended_by_budget": row.exhausted,
    }


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """One line for each row; what there is none of is empty.

    Raises:
        OSError: if the file cannot be written.
    """
    table = [plain(row) for row in rows]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)


def write_parquet(path: Path, rows: Sequence[Row]) -> None:
    """The same with types.

    Raises:
        OSError: if the file cannot be written.
    """
    import pyarrow as pa  # noqa: PLC0415 (slow to load)
    import pyarrow.parquet as pq  # noqa: PLC0415 (slow to load)

    pq.write_table(pa.Table.from_pylist([dict(plain(row)) for row in rows]), path)


def _interval(name: str, interval: Interval | None) -> dict[str, float | None]:
    if interval is None:
        return dict.fromkeys([name, f"{name}_low", f"{name}_high"])
    return {name: interval.estimate, f"{name}_low": interval.low, f"{name}_high": interval.high}
