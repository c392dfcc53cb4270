"""The benchmark of pools makes a pool that can be evaluated, and its task says what it took."""

import json
from pathlib import Path

import pytest

from benchmarks.pools import task
from benchmarks.pools.world import JUDGE, write
from outlay.pools import Pool


def test_it_makes_a_pool(tmp_path: Path) -> None:
    write(tmp_path / "pool.parquet", 3, 20)
    pool = Pool.open(tmp_path / "pool.parquet")
    assert (pool.samples, pool.problem_count, pool.verifiers) == (60, 3, (JUDGE,))
    for problem in pool.problems():
        assert problem.vote is not None
        assert problem.value is not None
        assert all(
            vote == (problem.value.index(value) if value else -1)
            for vote, value in zip(problem.vote, problem.value, strict=True)
        )


@pytest.mark.parametrize("name", ["read", "evaluate"])
def test_a_task_says_what_it_took(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pool.parquet"
    write(path, 2, 8)
    monkeypatch.setattr("sys.argv", ["task", name, str(path), "2", "8", "coverage", "self_consistency"])
    task.main()
    told = json.loads(capsys.readouterr().out)
    assert told["megabytes"] > 0
    assert told["samples" if name == "read" else "rows"] == (16 if name == "read" else 8)
