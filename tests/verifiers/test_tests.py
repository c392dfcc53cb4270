"""The verifier ``tests``: it runs programs, it is imperfect by design, and it pays for what it does."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.core.budget import Budget, Limit
from outlay.core.errors import InvalidSettingError, MissingCapabilityError, VerifierError
from outlay.core.ledger import BudgetExhausted
from outlay.core.problem import Problem, VisibleTest
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Judges, Verdict, Verifier
from outlay.tasks.exercise import exercise
from outlay.tasks.program import Program
from outlay.testing import World, small_model, unreserved
from outlay.verifiers import VERIFIERS
from outlay.verifiers.exact import Exact
from outlay.verifiers.sandbox import process
from outlay.verifiers.tests import same_value

pytestmark = pytest.mark.anyio

LEVELS = range(1, Program().info.levels + 1)


def finished(problem: Problem, text: str, finish: Finish = Finish.END) -> Trajectory:
    return Trajectory(problem).extend(Step(text), finish)


def answers(problem: Problem, programs: Sequence[str]) -> list[Trajectory]:
    return [finished(problem, f"answer:{program}") for program in programs]


def run_of(problem: Problem, budget: Budget | None = None) -> Run:
    return World(problem, small_model()).run(budget)


async def scores(problem: Problem, programs: Sequence[str], verifier: Verifier | None = None) -> list[float]:
    judge = verifier or VERIFIERS.build("tests")
    verdicts = await judge.judge(problem, answers(problem, programs), run_of(problem))
    return [verdict.score for verdict in verdicts]


def crammed(problem: Problem) -> str:
    """A program that knows the visible tests and nothing else: a polynomial through them, bent elsewhere."""
    given = [int(test.input) for test in problem.visible_tests]
    right = problem.reference.answer  # type: ignore[union-attr]
    return f"{right}+" + "*".join(f"(x-{one})" for one in given)


@pytest.mark.parametrize("level", LEVELS)
async def test_right_is_one_and_wrong_is_zero(level: int) -> None:
    for seed in range(3):
        problem = exercise(Program(), level, seed).problem
        right = problem.reference.answer  # type: ignore[union-attr]
        wrong = [f"({right})+1", "x-x", "x*x*x*x*x+1000"]
        assert await scores(problem, [right, *wrong]) == [1.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("level", LEVELS)
async def test_a_wrong_program_may_pass(level: int) -> None:
    problem = exercise(Program(), level, 0).problem
    program = crammed(problem)
    assert await scores(problem, [program]) == [1.0]
    assert await scores(problem, [program], Exact()) == [0.0]
    assert not problem.reference.is_correct(program)  # type: ignore[union-attr]


async def test_a_right_program_need_not_look_like_the_reference() -> None:
    problem = exercise(Program(), 1, 0).problem
    right = problem.reference.answer  # type: ignore[union-attr]
    programs = [f"({right})*1", f"({right})/1", f"0+{right}"]
    assert await scores(problem, programs) == [1.0] * 3
    assert await scores(problem, programs, Exact()) == [1.0] * 3


async def test_partial_credit_is_the_share_of_tests_passed() -> None:
    problem = exercise(Program(), 1, 0).problem
    first, second, third = problem.visible_tests
    right = problem.reference.answer  # type: ignore[union-attr]
    passes_one = f"{right}+(x-{first.input})"
    passes_two = f"{right}+(x-{second.input})*(x-{third.input})"
    programs = [right, passes_two, passes_one, f"{right}+1"]
    partial = VERIFIERS.build({"name": "tests", "partial": True})
    assert await scores(problem, programs, partial) == [1.0, pytest.approx(2 / 3), pytest.approx(1 / 3), 0.0]
    assert await scores(problem, programs) == [1.0, 0.0, 0.0, 0.0]


async def test_a_missing_program_fails() -> None:
    problem = exercise(Program(), 1, 0).problem
    right = problem.reference.answer  # type: ignore[union-attr]
    given = [
        finished(problem, "no idea"),
        finished(problem, f"answer:{right}"),
        finished(problem, f"answer:{right}", Finish.LENGTH),
        finished(problem, "answer:__import__('os')"),
        Trajectory(problem),
    ]
    run = run_of(problem)
    verdicts = await VERIFIERS.build("tests").judge(problem, given, run)
    assert [verdict.score for verdict in verdicts] == [0.0, 1.0, 0.0, 0.0, 0.0]


async def test_the_evidence_names_the_first_failure() -> None:
    problem = replace(exercise(Program(), 1, 0).problem, visible_tests=(VisibleTest("2", "7"), VisibleTest("0", "1")))
    right, wrong = await VERIFIERS.build("tests").judge(problem, answers(problem, ["3*x+1", "3*x+2"]), run_of(problem))
    assert right == Verdict(1.0, evidence="2 of 2 tests passed")
    assert wrong == Verdict(0.0, evidence="0 of 2 tests passed; f(2): expected 7, got 8")


async def test_a_verdict_does_not_depend_on_the_rest_of_the_batch() -> None:
    problem = exercise(Program(), 3, 1).problem
    right = problem.reference.answer  # type: ignore[union-attr]
    programs = [right, "x", "x/0", right, "x"]
    together = await VERIFIERS.build("tests").judge(problem, answers(problem, programs), run_of(problem))
    for program, verdict in zip(programs, together, strict=True):
        assert await VERIFIERS.build("tests").judge(problem, answers(problem, [program]), run_of(problem)) == [verdict]


async def test_no_trajectories_no_verdicts() -> None:
    problem = exercise(Program(), 1, 0).problem
    assert await scores(problem, []) == []


async def test_what_it_needs_is_refused_before_anything_is_spent() -> None:
    problem = replace(exercise(Program(), 1, 0).problem, visible_tests=())
    verifier = VERIFIERS.build("tests")
    with pytest.raises(MissingCapabilityError, match="visible tests"):
        verifier.require(problem)
    run = run_of(problem)
    with pytest.raises(MissingCapabilityError, match="'program' has some"):
        await verifier.judge(problem, answers(problem, ["x"]), run)
    assert run.ledger.spent.calls == 0


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("seconds", 0.0),
        ("seconds", 0.04),
        ("seconds", -1.0),
        ("seconds", 601.0),
        ("seconds", float("nan")),
        ("seconds", float("inf")),
        ("memory", 63),
        ("memory", 0),
        ("memory", -1),
    ],
)
def test_settings_out_of_range_are_refused(setting: str, value: float) -> None:
    with pytest.raises(InvalidSettingError, match=setting):
        VERIFIERS.build({"name": "tests", setting: value})


def test_settings_at_the_ends_of_their_range_are_taken() -> None:
    for settings in ({"seconds": 0.05}, {"seconds": 600}, {"memory": 64}):
        VERIFIERS.build({"name": "tests", **settings})


def test_it_judges_outcomes_and_claims_no_calibration() -> None:
    info = VERIFIERS.build("tests").info
    assert (info.name, info.judges, info.calibrated) == ("tests", Judges.OUTCOMES, False)


async def test_the_smallest_sandbox_still_runs_an_honest_program() -> None:
    problem = exercise(Program(), 2, 0).problem
    right = problem.reference.answer  # type: ignore[union-attr]
    assert await scores(problem, [right], VERIFIERS.build({"name": "tests", "memory": 64})) == [1.0]


async def test_a_batch_is_one_call() -> None:
    problem = exercise(Program(), 1, 0).problem
    run = run_of(problem, Budget(calls=3))
    for spent in (1, 2):
        await VERIFIERS.build("tests").judge(problem, answers(problem, ["x", "x+1", "x"]), run)
        assert run.ledger.spent.calls == spent
        assert run.ledger.spent.tokens == run.ledger.spent.samples == 0
        assert unreserved(run.ledger)


async def test_a_budget_of_calls_is_never_passed() -> None:
    problem = exercise(Program(), 1, 0).problem
    run = run_of(problem, Budget(calls=1))
    given = answers(problem, ["x"])
    await VERIFIERS.build("tests").judge(problem, given, run)
    with pytest.raises(BudgetExhausted) as refused:
        await VERIFIERS.build("tests").judge(problem, given, run)
    assert refused.value.limit is Limit.CALLS
    assert run.ledger.spent.calls == 1


async def test_a_sandbox_that_breaks_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_LAUNCH", "raise SystemExit(1)")
    problem = exercise(Program(), 1, 0).problem
    run = run_of(problem, Budget(calls=2))
    with pytest.raises(VerifierError):
        await VERIFIERS.build("tests").judge(problem, answers(problem, ["x"]), run)
    assert unreserved(run.ledger)


@pytest.mark.parametrize(
    ("expected", "got"),
    [("7", "7"), ("7", " 7 "), ("7", "7.0"), ("-0", "0"), ("1000", "1e3"), ("[1, 2]", "[1, 2]"), ("'a'", "'a'")],
)
def test_the_same_value(expected: str, got: str) -> None:
    assert same_value(expected, got)
    assert same_value(got, expected)


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ("7", "8"),
        ("7", "'7'"),
        ("7", ""),
        ("7", "[7]"),
        ("7", "nan"),
        ("1", "True"),
        ("9007199254740992", "9007199254740993"),
        ("1" + "0" * 400, "2" + "0" * 400),
        ("1" + "0" * 400, "inf"),
        ("7", "snan"),
    ],
)
def test_another_value(expected: str, got: str) -> None:
    assert not same_value(expected, got)
    assert not same_value(got, expected)


@given(st.integers(), st.integers(-3, 3))
def test_whole_numbers_are_compared_exactly(number: int, off: int) -> None:
    assert same_value(str(number), str(number + off)) == (off == 0)
