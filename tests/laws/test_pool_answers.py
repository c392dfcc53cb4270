"""Pools as what the laws of votes and judges take, and their charts."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from outlay.bench.judge_charts import (
    choices_chart,
    confidence_chart,
    frontier_chart,
    gap_chart,
    judge_chart,
    regret_chart,
)
from outlay.core.errors import InvalidInputError
from outlay.laws.consistency import confidence_errors
from outlay.laws.curve import ScalingCurve
from outlay.laws.judge_model import JudgeModel
from outlay.laws.multiple_choice import Choices
from outlay.laws.pool_answers import pool_answers, pool_votes
from outlay.laws.pool_curves import coverage_curves, selection_curves
from outlay.laws.regret import measured_regrets
from outlay.laws.solve_or_verify import Verified, measured_grid
from outlay.laws.verifier_gap import gap
from outlay.pools import Manifest, Pool, PoolWriter
from tests.pools.worlds import JUDGE, random_samples


@pytest.fixture
def pool(tmp_path: Path) -> Pool:
    rng = np.random.default_rng(0)
    with PoolWriter(tmp_path / "pool.parquet", Manifest("a test"), [JUDGE]) as writer:
        for number in range(30):
            writer.write(replace(random_samples(rng, 16), problem=f"q{number}", task="t", model="m"))
    return Pool.open(tmp_path / "pool.parquet")


def drawn(chart: object) -> Iterator[dict[str, float]]:
    """All points of a chart."""
    assert isinstance(chart, dict)
    for panel in chart["concat"]:
        yield from panel["data"]["values"]


def test_answers_and_votes_of_a_pool_leave_out_samples_without_an_answer(pool: Pool) -> None:
    answers, votes = pool_answers(pool, JUDGE), pool_votes(pool)
    (curve,) = coverage_curves(pool).values()
    assert curve.right is not None
    assert len(answers) == len(votes) == 30
    for one, other, right in zip(answers, votes, curve.right, strict=True):
        assert (one.answers >= 0).all()
        assert one.right.sum() == right.sum()
        assert (one.answers == other.answers).all()
        assert len(other.logprobs) == len(other.paths) == len(other.answers) <= 16
        assert all(len({*other.answers[other.paths == path]}) == 1 for path in other.paths)
    with pytest.raises(InvalidInputError, match=f"no verdicts of oracle; it has those of: {JUDGE}"):
        pool_answers(pool, "oracle")


def test_a_selection_has_a_curve_that_begins_with_one_sample(pool: Pool) -> None:
    curves = selection_curves(pool, ["self_consistency", "single"])
    (votes, single) = curves.values()
    assert [name for _, name in curves] == ["self_consistency", "single"]
    assert votes.budgets.tolist() == [1, 2, 4, 8, 16]
    np.testing.assert_allclose(votes.values[:, 0], single.values[:, 0], atol=0.02)
    np.testing.assert_allclose(single.values[:, -1], single.values[:, 0], atol=1e-9)


def test_pools_without_what_is_needed_are_refused(tmp_path: Path) -> None:
    bare = random_samples(np.random.default_rng(0), 4)
    with PoolWriter(tmp_path / "bare.parquet", Manifest("a test")) as writer:
        writer.write(replace(bare, text=None, logprob=None, scores={}, step_scores={}, verifier_tokens={}))
    with pytest.raises(InvalidInputError, match="no text and no logprob"):
        pool_votes(Pool.open(tmp_path / "bare.parquet"))
    with pytest.raises(InvalidInputError, match="it has those of: none"):
        pool_answers(Pool.open(tmp_path / "bare.parquet"), JUDGE)


def test_every_law_of_judges_has_a_chart_with_its_figures(pool: Pool) -> None:
    rng = np.random.default_rng(1)
    model = JudgeModel(0, 1, 0.5, 0.5)
    points = list(drawn(judge_chart({"right": model}, [1, 4], [1.0], seed=0)))
    assert [one["y"] for one in points[:2]] == pytest.approx([model.best_of_k(1), model.best_of_k(4)])
    regrets = measured_regrets([one for one in pool_answers(pool, JUDGE) if len(one.answers) >= 4], [1, 4], 1, rng)
    assert [one["y"] for one in drawn(regret_chart(regrets))][:2] == [one.estimate for one in regrets[0].regret]
    errors = confidence_errors(pool_votes(pool), np.array([1, 4]), rng, draws=5)
    assert len(list(drawn(confidence_chart(errors)))) == 8
    right = rng.random((20, 4)) < 0.5
    grid = measured_grid(Verified(np.where(right, 0, 1), right, rng.random((20, 4, 2)), 0.5), [1, 4], [2], rng, 3)
    assert {one["x"] for one in drawn(frontier_chart(grid))} == {1, 2, 4, 8}
    budgets = np.array([1.0, 2, 4, 8])
    curve = ScalingCurve(budgets, np.tile(rng.random((20, 1)) / 2, 4))
    with_verifier = ScalingCurve(budgets, curve.values + 0.1)
    assert all(one["y"] == pytest.approx(0.1) for one in drawn(gap_chart({"a": gap(with_verifier, curve, rng)})))
    data = Choices(budgets, rng.normal(size=(30, 4, 3)), np.zeros(30, np.int64))
    assert [one["y"] for one in drawn(choices_chart(data, budgets[:3]))][:4] == pytest.approx(data.accuracy.tolist())
