"""The verifier ``code`` over the problems of a file, and the verdicts it may give."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from outlay.core.budget import Budget
from outlay.core.errors import InvalidSettingError, MissingCapabilityError, VerifierError
from outlay.core.ledger import BudgetExhausted
from outlay.core.problem import FunctionTests, Problem, StreamTests, VisibleTest
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Judges, Verdict
from outlay.tasks.code_jsonl import CodeJsonLines, ProgramText
from outlay.tasks.exercise import ask
from outlay.testing import World, small_model, unreserved
from outlay.verifiers import VERIFIERS
from outlay.verifiers.code import batch

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(os.name != "posix", reason="programs run only on Linux and macOS")]

TASK = CodeJsonLines(str(Path(__file__).parent / "problems.jsonl"))
CODE = VERIFIERS.build("code(seconds=30)")
WRONG = (
    "def {name}(*given):\n    return -1",
    "def {name}(*given):\n    raise SystemExit",
    "import os\nos._exit(0)",
    "def check(candidate):\n    pass\ndef evaluate(*given):\n    return 0\n{name} = print",
    "class {name}:\n    def __eq__(self, other):\n        return True",
)


def fenced(problem: Problem, program: str, finish: Finish = Finish.END) -> Trajectory:
    return Trajectory(problem).extend(Step(f"Here it is.\n```python\n{program}\n```\nIt is right."), finish)


def run_of(problem: Problem, budget: Budget | None = None) -> Run:
    return World(problem, small_model()).run(budget)


async def judged(problem: Problem, given: Sequence[Trajectory], **settings: object) -> list[Verdict]:
    judge = VERIFIERS.build({"name": "code", "seconds": 30.0, **settings})
    return await judge.judge(problem, given, run_of(problem))


@pytest.mark.parametrize("index", range(len(TASK)))
async def test_the_solution_of_each_problem_passes_and_others_do_not(index: int) -> None:
    problem = TASK.problem(index)
    assert isinstance(problem.code_tests, FunctionTests)
    (name,) = problem.code_tests.names
    wrong = [fenced(problem, one.format(name=name)) for one in WRONG]
    right, *others = await judged(problem, [fenced(problem, TASK.solutions[index]), *wrong])
    total = len(problem.code_tests.parts)
    assert right == Verdict(1.0, evidence=f"{total} of {total} tests passed")
    assert [one.score for one in others] == [0.0] * len(wrong)
    assert all(one.judged for one in others[:4])


def test_the_fixture_is_read_whole() -> None:
    assert TASK.bad_lines == ()
    assert len(TASK) == 8


async def test_partial_credit_is_the_share_of_tests_passed() -> None:
    problem = TASK.problem(4)
    half = fenced(problem, "def word_counts(text):\n    return {'x': 3} if 'x' in text else {}")
    (verdict,) = await judged(problem, [half], partial=True)
    assert verdict.score == pytest.approx(2 / 3)
    assert verdict.evidence.startswith("2 of 3 tests passed; assert word_counts('a b a')")
    assert [one.score for one in await judged(problem, [half])] == [0.0]


async def test_a_missing_program_fails() -> None:
    problem = TASK.problem(4)
    right = TASK.solutions[4]
    given = [
        Trajectory(problem).extend(Step("no idea"), Finish.END),
        fenced(problem, right),
        fenced(problem, right, Finish.LENGTH),
        Trajectory(problem),
    ]
    assert [one.score for one in await judged(problem, given)] == [0.0, 1.0, 0.0, 0.0]


async def test_what_the_tests_cannot_tell_is_no_verdict() -> None:
    problem = replace(TASK.problem(6), code_tests=FunctionTests(("assert gcd(1, 2) == helper()",), ("gcd",)))
    (verdict,) = await judged(problem, [fenced(problem, TASK.solutions[6])])
    assert not verdict.judged
    assert verdict.score == 0.0
    assert "name 'helper' is not defined" in verdict.evidence


async def test_scripts_are_judged_by_their_output() -> None:
    tests = StreamTests((VisibleTest("2\n", "4\n"), VisibleTest("3\n", "9\n")))
    problem = Problem("squares", ask("Print the square."), ProgramText(), code_tests=tests)
    programs = ["print(int(input()) ** 2)", "print(4)", "print('9')\nprint('4')", "while True: pass"]
    verdicts = await judged(problem, [fenced(problem, one) for one in programs], seconds=1.0, partial=True)
    assert [one.score for one in verdicts] == [1.0, 0.5, 0.0, 0.0]


async def test_a_verdict_does_not_depend_on_the_rest_of_the_batch() -> None:
    problem = TASK.problem(6)
    programs = [TASK.solutions[6], "gcd = min", "import os\nos._exit(0)", TASK.solutions[6]]
    given = [fenced(problem, one) for one in programs]
    together = await judged(problem, given)
    assert together == [(await judged(problem, [one]))[0] for one in given]
    assert await judged(problem, []) == []


async def test_it_pays_a_call_and_is_refused_without_one() -> None:
    problem = TASK.problem(6)
    run = run_of(problem, Budget(calls=1))
    given = [fenced(problem, TASK.solutions[6])]
    await CODE.judge(problem, given, run)
    assert run.ledger.spent.calls == 1
    assert unreserved(run.ledger)
    with pytest.raises(BudgetExhausted):
        await CODE.judge(problem, given, run)


async def test_a_broken_sandbox_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise VerifierError("the sandbox is broken")

    monkeypatch.setattr(batch, "marks_of", broken)
    problem = TASK.problem(6)
    with pytest.raises(VerifierError, match="is broken"):
        await judged(problem, [fenced(problem, one) for one in ("a = 1", "b = 1")])


def test_what_it_needs() -> None:
    assert CODE.info.judges is Judges.OUTCOMES
    CODE.require(TASK.problem(0))
    with pytest.raises(MissingCapabilityError, match="'code_jsonl' has them"):
        CODE.require(Problem("p", ask("?"), ProgramText()))
    for settings in ("seconds=0", "memory=1"):
        with pytest.raises(InvalidSettingError):
            VERIFIERS.build(f"code({settings})")
