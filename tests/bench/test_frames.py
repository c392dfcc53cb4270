"""Flat tables hold a row for each trial that ended, and the same values in every format."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import anyio
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

from outlay.bench.experiment import Experiment
from outlay.bench.frames import Table, rows, to_pandas, to_polars, trials_table, write_table
from outlay.bench.parts import Parts
from outlay.bench.runner import run
from outlay.bench.store import StoredTrial, read_store
from outlay.core.cost import Cost
from outlay.core.errors import InvalidInputError, MissingExtraError

Made = Callable[..., Experiment]


@pytest.fixture
def folder(experiment: Made, parts: Parts, tmp_path: Path) -> Path:
    """A run of which every other question failed for one of two models."""
    broken = tmp_path / "broken"
    broken.touch()
    made = experiment(
        ('["dice"]', f'["dice", "dice(broken={str(broken)!r})"]'), ("[1, 2]", "[2]"), ("seeds = [0, 1]", "seed = 3")
    )
    anyio.run(lambda: run(made, parts, tmp_path / "run"))
    return tmp_path / "run"


def stored(folder: Path) -> list[StoredTrial]:
    with read_store(folder) as store:
        return list(store.trials())


def test_a_row_is_a_trial(folder: Path) -> None:
    trials, table = stored(folder), trials_table(folder).to_pylist()
    assert len(table) == len(trials) == 6 * 2 * 3
    assert 0 < sum(trial.cause is not None for trial in trials) < len(trials)
    for trial, row in zip(trials, table, strict=True):
        told = trial.cell.as_dict() | {"index": trial.index, "failure": trial.cause}
        if trial.record is None:
            assert {name: row[name] for name in row if row[name] is not None} == told
            continue
        record = trial.record
        told |= {name: getattr(record, name) for name in ("question", "value", "correct", "confidence", "text")}
        told |= {"stopped_by": record.stopped_by, "candidates": len(record.candidates)}
        assert row == told | record.cost.as_dict()


def test_every_kind_of_cost_is_a_column_with_a_type(folder: Path) -> None:
    table = trials_table(folder)
    kinds = {int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    for name, value in Cost().as_dict().items():
        assert table.schema.field(name).type == kinds[type(value)]
    assert table.column_names[:8] == ["task", "level", "model", "strategy", "verifier", "budget", "seed", "index"]


def test_pandas_and_polars_say_the_same(folder: Path) -> None:
    table = trials_table(folder)
    pandas, polars = to_pandas(table), to_polars(table)
    assert polars.to_dicts() == table.to_pylist()
    assert list(pandas.columns) == polars.columns == table.column_names
    assert str(pandas.dtypes["tokens"]) == "Int64"  # whole numbers, though some are missing
    assert str(pandas.dtypes["correct"]) == "boolean"
    assert int(pandas["tokens"].sum()) == polars["tokens"].sum()
    assert pandas["correct"].isna().sum() == polars["correct"].null_count() == polars["failure"].count()


def test_files_hold_the_same_rows(folder: Path, tmp_path: Path) -> None:
    expected = list(rows(folder))
    for kind in Table:
        assert write_table(folder, tmp_path / f"out.{kind}", kind) == len(expected)
    assert parquet.read_table(tmp_path / "out.parquet").equals(trials_table(folder))
    assert [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()] == expected
    with (tmp_path / "out.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    assert [{name: "" if value is None else str(value) for name, value in row.items()} for row in expected] == found
    assert pl.read_csv(tmp_path / "out.csv")["tokens"].sum() == trials_table(folder).column("tokens").to_pandas().sum()


def test_what_has_not_ended_is_left_out(experiment: Made, parts: Parts, tmp_path: Path) -> None:
    anyio.run(lambda: run(experiment(("questions = 6", "questions = 2")), parts, tmp_path / "run"))
    before = trials_table(tmp_path / "run").num_rows

    async def interrupted() -> None:
        with anyio.CancelScope() as scope:
            await run(
                experiment(), parts, tmp_path / "run", progress=lambda told: told.done > before and scope.cancel()
            )

    anyio.run(interrupted)
    planned = stored(tmp_path / "run")
    ended = [trial for trial in planned if trial.record]
    assert before < len(ended) < len(planned)
    assert trials_table(tmp_path / "run").num_rows == len(ended)


def test_mistakes_are_told(experiment: Made, parts: Parts, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="there are no results"):
        trials_table(tmp_path)
    with pytest.raises(InvalidInputError, match="cannot write"):
        write_table(folder, tmp_path / "nowhere" / "out.csv", Table.CSV)


@pytest.mark.parametrize(("name", "convert"), [("pandas", to_pandas), ("polars", to_polars)])
def test_a_library_that_is_not_there_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, convert: Callable[[pa.Table], object]
) -> None:
    import sys  # noqa: PLC0415 (only this test forgets a module)

    table = trials_table(folder)
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'outlay\[(pandas|polars)\]'"):
        convert(table)
