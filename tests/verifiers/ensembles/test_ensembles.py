"""Verifiers made of verifiers: their rules by hand, what they ask for, and what they cost."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.core.budget import Budget
from outlay.core.cost import Cost
from outlay.core.errors import InvalidInputError, InvalidSettingError, MissingCapabilityError
from outlay.core.ledger import Ledger
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.solve import solve
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Judges, Verdict, VerifierInfo
from outlay.strategies import STRATEGIES
from outlay.tasks.exercise import ask
from outlay.tasks.free_answer import FreeAnswer
from outlay.testing import SMALL_PROBLEM, small_model, small_world
from outlay.testing.verifier_laws import check_verifier
from outlay.verifiers import VERIFIERS
from outlay.verifiers.ensembles.cascade import Cascade
from outlay.verifiers.ensembles.ensemble import Combine, Ensemble
from outlay.verifiers.ensembles.fused import Fused

pytestmark = pytest.mark.anyio


@dataclass
class Table:
    """A verifier given by a table; None where it cannot tell. Each verdict costs ``price`` tokens."""

    scores: Mapping[str, float | None]
    name: str = "table"
    price: int = 0
    comparative: bool = False
    asked: list[str] = field(default_factory=list)

    @property
    def info(self) -> VerifierInfo:
        return VerifierInfo(self.name, judges=Judges.STEPS, comparative=self.comparative)

    def require(self, problem: Problem) -> None:
        pass

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        return [await self._judge(one, run) for one in trajectories]

    async def _judge(self, one: Trajectory, run: Run) -> Verdict:
        cost = Cost(verifier_tokens=self.price)
        async with run.ledger.reserve(cost) as reservation:
            reservation.charge(cost)
        self.asked.append(one.text)
        score = self.scores[one.text]
        return Verdict.unknown("no idea", cost) if score is None else Verdict(score, (score,), cost=cost)


PROBLEM = Problem("p", ask("Which?"), FreeAnswer())


def answered(*texts: str, problem: Problem = PROBLEM) -> list[Trajectory]:
    return [Trajectory(problem).extend(Step(text), Finish.END) for text in texts]


def some_run() -> Run:
    return Run(small_model(), Ledger(), np.random.default_rng(0))


async def combined(combine: Combine, *rows: Sequence[float | None], **settings: object) -> list[float | None]:
    """Each row has one member's scores; None where the verdict is unknown."""
    texts = [f"a{i}" for i in range(len(rows[0]))]
    members = tuple(Table(dict(zip(texts, row, strict=True))) for row in rows)
    verifier = Ensemble(members, combine, **settings)  # type: ignore[arg-type]
    verdicts = await check_verifier(verifier, small_model(), answered(*texts))
    return [verdict.score if verdict.judged else None for verdict in verdicts]


@pytest.mark.parametrize(
    ("combine", "expected"),
    [
        (Combine.MEAN, [0.5, 0.4, 0.9, None]),
        (Combine.MIN, [0.2, 0.4, None, None]),
        (Combine.PRODUCT, [0.16, 0.16, None, None]),
        (Combine.VETO, [0.2, 0.0, None, None]),
        # Ranks of the first are 0, 1/2 and 1, those of the second 1 and 0.
        (Combine.RANK, [0.5, 0.25, 1.0, None]),
    ],
)
async def test_each_rule_by_hand(combine: Combine, expected: list[float | None]) -> None:
    found = await combined(combine, [0.2, 0.4, 0.9, None], [0.8, 0.4, None, None])
    assert found == pytest.approx(expected)


async def test_weights_shift_the_mean() -> None:
    assert await combined(Combine.MEAN, [1.0, 0.0], [0.0, 1.0], weights=(3, 1)) == pytest.approx([0.75, 0.25])


async def test_the_first_member_scores_what_no_other_vetoes() -> None:
    assert await combined(Combine.VETO, [0.9, 0.3], [0.6, 0.6], threshold=0.6) == pytest.approx([0.9, 0.3])


@given(st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=2, max_size=4))
async def test_every_rule_stays_between_the_members(rows: list[list[float]]) -> None:
    for combine in (Combine.MEAN, Combine.MIN, Combine.PRODUCT):
        for i, score in enumerate(await combined(combine, *rows)):
            column = [row[i] for row in rows]
            assert score is not None
            assert combine is Combine.PRODUCT or score >= min(column) - 1e-9
            assert score <= max(column) + 1e-9


async def test_steps_are_combined_too() -> None:
    verifier = Ensemble((Table({"a": 0.2}), Table({"a": 0.6})))
    (verdict,) = await verifier.judge(PROBLEM, answered("a"), some_run())
    assert verdict.step_scores == pytest.approx((0.4,))
    assert verifier.info.judges is Judges.STEPS
    assert Ensemble(verifier.of, Combine.RANK).info.judges is Judges.OUTCOMES


async def test_a_cascade_asks_the_dear_member_only_where_the_cheap_one_is_unsure() -> None:
    cheap = Table({"a": 0.05, "b": 0.95, "c": 0.5, "d": None}, "cheap", price=1)
    dear = Table({"c": 0.7, "d": 0.2}, "dear", price=100)
    verdicts = await check_verifier(Cascade((cheap, dear)), small_model(), answered("a", "b", "c", "d"))
    assert [verdict.score for verdict in verdicts] == [0.05, 0.95, 0.7, 0.2]
    assert [verdict.cost.verifier_tokens for verdict in verdicts] == [1, 1, 101, 101]
    assert set(dear.asked) == {"c", "d"}


async def test_the_last_members_doubt_counts() -> None:
    verifier = Cascade((Table({"a": None}), Table({"a": None})))
    (verdict,) = await verifier.judge(PROBLEM, answered("a"), some_run())
    assert not verdict.judged


async def test_similar_examples_pull_a_score(tmp_path: Path) -> None:
    known = [("Which fruit is red?", "an apple", 1.0), ("How far is Rome?", "very far", 0.0)]
    path = tmp_path / "known.jsonl"
    lines = [json.dumps({"prompt": p, "answer": a, "score": s}) for p, a, s in known]
    path.write_text("\n".join(lines) + "\n\n")
    problem = Problem("fruit", ask("Which fruit is red?"), FreeAnswer())
    given = answered("an apple", "zebra", problem=problem)
    inner = Table({"an apple": 0.4, "zebra": 0.4})
    same, other = await check_verifier(Fused(inner, str(path), neighbours=1), small_model(), given)
    assert same.score == pytest.approx((0.4 + 0.5 * 1.0) / 1.5)
    assert 0.4 < other.score < same.score
    (plain, _) = await Fused(inner, str(path), weight=0).judge(problem, given, some_run())
    assert plain.score == 0.4


@pytest.mark.parametrize(
    ("line", "told"),
    [("{", "line 1 is not"), ('{"prompt": 1, "answer": "a", "score": 1}', "line 1 is not"),
     ('{"prompt": "q", "answer": "a", "score": 2}', "from 0 to 1"), ('["a"]', "line 1 is not")],
)  # fmt: skip
def test_a_bad_example_is_named(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "known.jsonl"
    path.write_text(line)
    with pytest.raises(InvalidInputError, match=told):
        Fused(Table({}), str(path))
    with pytest.raises(InvalidInputError, match="cannot read"):
        Fused(Table({}), str(tmp_path / "none.jsonl"))


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("ensemble(of=[exact])", InvalidInputError, "two members"),
        ("ensemble(of=exact)", InvalidSettingError, "a list"),
        ("ensemble(of=[exact, exact], weights=[1])", InvalidSettingError, "2 numbers"),
        ("ensemble(of=[exact, exact], weights=[0, 0])", InvalidSettingError, "not all 0"),
        ("ensemble(of=[exact, exact], threshold=2)", InvalidSettingError, "from 0 to 1"),
        ("cascade(of=[exact, exact], low=0.9)", InvalidSettingError, "below high"),
        ("cascade(of=[exact, pairwise])", MissingCapabilityError, "which compares"),
        ("ensemble(of=[exact, exat])", InvalidInputError, "did you mean 'exact'"),
    ],
)
def test_what_cannot_be_combined_is_refused(text: str, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        VERIFIERS.build(text)


def test_a_table_builds_the_same_as_text() -> None:
    text = "ensemble(of=[exact, noisy(of=exact, false_positive=0.2)], combine=min)"
    table = {
        "name": "ensemble",
        "of": ["exact", {"name": "noisy", "of": "exact", "false_positive": 0.2}],
        "combine": "min",
    }
    assert VERIFIERS.build(text) == VERIFIERS.build(table)


@pytest.mark.parametrize("combine", list(Combine))
async def test_an_ensemble_judges_a_run_within_its_budget(combine: Combine) -> None:
    world = small_world()
    assert world.verifier is not None
    verifier = Ensemble((world.verifier, world.verifier), combine)
    run = Run(world.model, Ledger(Budget(tokens=400)), np.random.default_rng(0), verifier)
    outcome = await solve(SMALL_PROBLEM, STRATEGIES.build("best_of_n(n=6)"), run)
    assert outcome.answer is not None
    assert 0 < outcome.cost.tokens <= 400
