"""``outlay results export`` writes a run for other tools, or says why not."""

import csv
import json
import sys
from pathlib import Path

import pytest
from pyarrow import parquet

from tests.cli.conftest import Outlay

EXPERIMENT = """
questions = 2
tasks = [{name = "chain", level = 1}]
models = ["simulated(pass_rate=0.6)"]
strategies = ["greedy", "self_consistency(n=4)"]
"""


@pytest.fixture
def folder(outlay: Outlay, tmp_path: Path) -> Path:
    (tmp_path / "small.toml").write_text(EXPERIMENT)
    assert outlay("bench", tmp_path / "small.toml", "--out", tmp_path / "run").code == 0
    return tmp_path / "run"


def test_tables_are_written(outlay: Outlay, folder: Path, tmp_path: Path) -> None:
    for kind in ("csv", "jsonl", "parquet"):
        out = tmp_path / f"trials.{kind}"
        ended = outlay("results", "export", folder, out, "--to", kind)
        assert (ended.code, ended.out, ended.err) == (0, f"4 trials: {out}\n", "")
    found = [json.loads(line) for line in (tmp_path / "trials.jsonl").read_text().splitlines()]
    assert parquet.read_table(tmp_path / "trials.parquet").to_pylist() == found
    assert {row["strategy"] for row in found} == {"greedy", "self_consistency(n=4)"}
    with (tmp_path / "trials.csv").open(newline="") as file:
        assert [row["value"] for row in csv.DictReader(file)] == [row["value"] for row in found]


def test_inspect_needs_its_extra(outlay: Outlay, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "outlay.adapters.inspect_log", raising=False)
    for name in ("inspect_ai", "inspect_ai.log", "inspect_ai.model"):
        monkeypatch.setitem(sys.modules, name, None)
    ended = outlay("results", "export", folder, tmp_path / "logs", "--to", "inspect")
    assert (ended.code, ended.out) == (2, "")
    assert "pip install 'outlay[inspect]'" in ended.err


def test_mistakes_are_told(outlay: Outlay, folder: Path, tmp_path: Path) -> None:
    empty = outlay("results", "export", tmp_path, tmp_path / "out.csv", "--to", "csv")
    assert (empty.code, empty.out) == (2, "")
    assert "there are no results in" in empty.err
    lost = outlay("results", "export", folder, tmp_path / "nowhere" / "out.csv", "--to", "csv")
    assert (lost.code, lost.out) == (2, "")
    assert "cannot write" in lost.err
    assert outlay("results", "export", folder, tmp_path / "out.xls", "--to", "xls").code == 2
