"""``outlay pool show`` and ``outlay pool evaluate``."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from outlay.pools import Manifest, PoolWriter
from tests.cli.conftest import Outlay
from tests.pools.worlds import JUDGE, random_samples


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    path = tmp_path / "pool.parquet"
    with PoolWriter(path, Manifest("a test", temperature=0.8), [JUDGE]) as writer:
        for i in range(6):
            one = random_samples(rng, 8)
            writer.write(replace(one, problem=f"q{i}", task="chain", level=1 + i % 2, model="[m]"))
    return path


def test_it_shows_what_a_pool_holds(outlay: Outlay, pool: Path) -> None:
    ended = outlay("pool", "show", pool)
    assert ended.code == 0
    for told in ("source: a test", "temperature: 0.8", "samples: 48", f"verifiers: {JUDGE}", "level 2", "[m]"):
        assert told in ended.out
    held = json.loads(outlay("pool", "show", pool, "--json").out)
    assert [exam["problems"] for exam in held["exams"]] == [3, 3]
    assert held["exams"][0]["samples"] == held["exams"][0]["graded"] == 24
    assert "dollars" in held["empty_columns"]


def test_it_evaluates_what_the_columns_allow(outlay: Outlay, pool: Path) -> None:
    ended = outlay("pool", "evaluate", pool)
    assert ended.code == 0
    for told in ("coverage", "self_consistency", "best_of_n", "chain, level 1", "3 problems", "corrected after Holm"):
        assert told in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80


def test_rows_are_written_and_printed_as_data(outlay: Outlay, pool: Path, tmp_path: Path) -> None:
    chosen = ("--select", "best_of_n", "--select", "coverage", "--n", "1,4", "--baseline", "single")
    csv, parquet = tmp_path / "rows.csv", tmp_path / "rows.parquet"
    ended = outlay("pool", "evaluate", pool, *chosen, "--json", "--csv", csv, "--parquet", parquet)
    told = json.loads(ended.out)
    assert told["baseline"] == "single"
    assert len(told["rows"]) == 2 * (1 + 2 + 2)
    assert pq.read_table(parquet).to_pylist() == told["rows"]
    assert pl.read_csv(csv)["accuracy"].to_list() == pytest.approx([row["accuracy"] for row in told["rows"]])


def test_refused_estimates_say_why(outlay: Outlay, pool: Path) -> None:
    ended = outlay("pool", "evaluate", pool, "--select", "coverage", "--n", "4", "--target", "tilted(tau=0.1)")
    assert ended.code == 0
    assert "refused" in ended.out
    assert "effective sample size below 40" in " ".join(ended.out.split())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("evaluate", "POOL", "--n", "1,x"), "whole numbers"),
        (("evaluate", "POOL", "--n", ","), "whole numbers"),
        (("evaluate", "POOL", "--n", "9"), "from 1 to 8"),
        (("evaluate", "POOL", "--select", "best_of_m"), "did you mean 'best_of_n'"),
        (("evaluate", "POOL", "--select", "best_of_n("), "cannot read"),
        (("evaluate", "POOL", "--baseline", "shortest(keep=0)"), "keep must be 1 or above"),
        (("evaluate", "POOL", "--target", "sharpened(alpha=-1)"), "alpha must be 0 or above"),
        (("evaluate", "POOL", "--target", "sharpened"), "temperature 0.8"),
        (("evaluate", "POOL", "--seed", "-1"), "0 or above"),
        (("evaluate", "nowhere"), "there is no pool"),
        (("show", "nowhere"), "there is no pool"),
    ],
)
def test_mistakes_are_told(outlay: Outlay, pool: Path, arguments: tuple[str, ...], told: str) -> None:
    ended = outlay("pool", *(str(pool) if one == "POOL" else one for one in arguments))
    assert ended.code == 2
    assert told in " ".join(ended.err.split())


def test_a_file_that_cannot_be_written_is_no_traceback(outlay: Outlay, pool: Path, tmp_path: Path) -> None:
    ended = outlay("pool", "evaluate", pool, "--n", "1", "--csv", tmp_path / "none" / "rows.csv")
    assert ended.code == 1
    assert "cannot write the rows" in ended.err
