"""The verifier ``maths`` in runs: it prefers what means the same, pays for it, and says when it cannot tell."""

import json
import os
from pathlib import Path

import pytest

from outlay.core.budget import Budget
from outlay.core.errors import MissingCapabilityError
from outlay.core.ledger import BudgetExhausted
from outlay.core.problem import Problem
from outlay.core.solve import solve
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.models.replay import Replay
from outlay.models.simulated import Simulated
from outlay.strategies.parallel.best_of_n import BestOfN
from outlay.tasks.exercise import ask
from outlay.tasks.free_answer import FreeAnswer
from outlay.tasks.jsonl import GivenAnswer, JsonLines
from outlay.testing import World, small_model, unreserved
from outlay.verifiers import VERIFIERS
from outlay.verifiers.maths.verifier import Maths

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(os.name != "posix", reason="the worker needs fork")]

PROBLEM = Problem("half", ask("What is a half?"), FreeAnswer(), reference=GivenAnswer(r"\frac{1}{2}"))


@pytest.fixture(scope="module")
def maths() -> Maths:
    """One verifier, and so one worker, for all tests."""
    built = VERIFIERS.build("maths(seconds=1)")
    assert isinstance(built, Maths)
    return built


def finished(text: str, finish: Finish = Finish.END) -> Trajectory:
    return Trajectory(PROBLEM).extend(Step(text), finish)


async def test_one_verdict_each_in_order(maths: Maths) -> None:
    answers = [
        finished("So the answer is 0.5."),
        finished("The answer is 0.6."),
        finished(r"\boxed{\frac{2}{2\sqrt{4}}}"),
        finished("cut", Finish.LENGTH),
        finished("9**9**9**9"),
        finished("So the answer is 0.5."),
    ]
    run = World(PROBLEM, small_model()).run(Budget(calls=1))
    verdicts = await maths.judge(PROBLEM, answers, run)
    assert [verdict.score for verdict in verdicts] == [1, 0, 1, 0, 0, 1]
    assert [verdict.judged for verdict in verdicts] == [True, True, True, True, False, True]
    assert "took longer" in verdicts[4].evidence
    assert run.ledger.spent.calls == 1
    assert unreserved(run.ledger)


async def test_no_budget_no_verdict(maths: Maths) -> None:
    run = World(PROBLEM, small_model()).run(Budget(calls=1))
    await maths.judge(PROBLEM, [finished("0.5")], run)
    with pytest.raises(BudgetExhausted):
        await maths.judge(PROBLEM, [finished("0.5")], run)


def test_a_problem_without_a_known_answer_is_refused(maths: Maths) -> None:
    with pytest.raises(MissingCapabilityError, match="a reference with a known answer"):
        maths.require(Problem("open", ask("Why?"), FreeAnswer()))


def questions(folder: Path) -> Problem:
    path = folder / "questions.jsonl"
    path.write_text(json.dumps({"prompt": "What is a half?", "answer": "1/2"}), encoding="utf-8")
    return JsonLines(str(path)).problem(0)


async def test_best_of_n_finds_the_sample_that_means_the_same(maths: Maths, tmp_path: Path) -> None:
    problem = questions(tmp_path)
    recording = tmp_path / "calls.jsonl"
    strategy = BestOfN(n=6)
    recorded = World(problem, Replay(str(recording), Simulated(pass_rate=0.3)), VERIFIERS.build("exact"))
    first = await solve(problem, strategy, recorded.run(seed=3))
    assert first.correct
    # The recorded model now writes the right answer in a way that no comparison of texts or numbers sees through.
    recording.write_text(recording.read_text(encoding="utf-8").replace("1/2", r"$\\sin(\\pi/6)$"), encoding="utf-8")
    played = World(problem, Replay(str(recording)), maths).run(Budget(calls=20), seed=3)
    outcome = await solve(problem, strategy, played)
    assert outcome.value == r"\sin(\pi/6)"
    assert outcome.answer is not None
    assert outcome.answer.confidence == 1
    assert outcome.cost.calls <= 20
    assert unreserved(played.ledger)


async def test_a_budget_without_room_for_verdicts_is_kept(maths: Maths, tmp_path: Path) -> None:
    problem = questions(tmp_path)
    for calls in (1, 2, 3):
        run = World(problem, Simulated(), maths).run(Budget(calls=calls))
        outcome = await solve(problem, BestOfN(n=4), run)
        assert outcome.cost.calls <= calls
        assert unreserved(run.ledger)
