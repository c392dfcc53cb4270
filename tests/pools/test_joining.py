"""Pools become one without losing a sample, and never one with a problem twice."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from outlay.core.errors import InvalidInputError
from outlay.pools import Manifest, Pool, PoolWriter, evaluate
from outlay.pools.joining import join_pools
from tests.pools.worlds import JUDGE, random_samples


def written(path: Path, task: str, manifest: Manifest, verifiers: list[str]) -> Pool:
    rng = np.random.default_rng(len(task))
    with PoolWriter(path, manifest, verifiers) as writer:
        for i in range(4):
            one = replace(random_samples(rng, 8), problem=f"q{i}", task=task)
            writer.write(one if verifiers else replace(one, scores={}, step_scores={}, verifier_tokens={}))
    return Pool.open(path)


def test_a_joined_pool_evaluates_like_its_parts(tmp_path: Path) -> None:
    first = written(tmp_path / "a.parquet", "sums", Manifest("a", temperature=1.0, seed=1), [JUDGE])
    second = written(tmp_path / "b.parquet", "products", Manifest("b", temperature=1.0, seed=2), [])
    joined = join_pools([first, second], tmp_path / "both.parquet")
    assert joined.samples == first.samples + second.samples
    assert joined.verifiers == (JUDGE,)
    assert (joined.manifest.source, joined.manifest.temperature, joined.manifest.seed) == ("a; b", 1.0, None)
    asked = ["coverage", "self_consistency"]
    apart = [row.as_dict() for pool in (first, second) for row in evaluate(pool, asked).rows]
    together = [row.as_dict() for row in evaluate(joined, asked).rows]
    for row in (*apart, *together):
        del row["p_value"]  # corrected over more rows
    assert together == apart


def test_a_problem_comes_from_one_pool(tmp_path: Path) -> None:
    pool = written(tmp_path / "a.parquet", "sums", Manifest(), [])
    with pytest.raises(InvalidInputError, match="'q0' was written before"):
        join_pools([pool, pool], tmp_path / "both.parquet")
    assert not (tmp_path / "both.parquet").exists()
    with pytest.raises(InvalidInputError, match="name another file"):
        join_pools([pool], pool.path)
    with pytest.raises(InvalidInputError, match="at least one"):
        join_pools([], tmp_path / "both.parquet")
