"""The verifier ``logic``: what the prover finds is right; translations are voted on, mended, paid for once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from anyio.lowlevel import checkpoint

from outlay.core.budget import Budget
from outlay.core.dialogue import say
from outlay.core.errors import (
    InvalidSettingError,
    MissingCapabilityError,
    MissingExtraError,
    VerifierError,
)
from outlay.core.ledger import Ledger
from outlay.core.model import Capability
from outlay.core.problem import Message, Problem, Sequent
from outlay.core.run import Run
from outlay.core.solve import solve
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Verdict
from outlay.logic.argument import Argument
from outlay.logic.errors import FormulaError
from outlay.models.simulated import Simulated
from outlay.strategies.parallel.best_of_n import BestOfN
from outlay.tasks.exercise import ask, exercise
from outlay.tasks.free_answer import FreeAnswer
from outlay.tasks.logic import Logic as LogicTask
from outlay.testing import (
    FailingModel,
    World,
    check_budget,
    check_cancellation,
    check_determinism,
    check_failures,
    unreserved,
)
from outlay.testing.arrival import Arrival
from outlay.testing.scripted import ScriptedModel
from outlay.testing.verifier_laws import check_verifier
from outlay.verifiers import VERIFIERS
from outlay.verifiers.logic import prover, verifier
from outlay.verifiers.logic.prover import Finding, ProverLimits
from outlay.verifiers.logic.translation import CUT, MEND, TRANSLATE
from outlay.verifiers.logic.verifier import Logic
from tests.logic.formulas import worlds
from tests.verifiers.test_prover import by_enumeration

pytestmark = pytest.mark.anyio

QUESTION = "It rains. If it rains, the street is wet. Is the street wet?"
PROBLEM = Problem("street", ask(QUESTION), FreeAnswer())
RIGHT = "```\np\np -> q\nconclusion: q\n```"
REVERSED = "q\np -> q\nconclusion: p"
CONTRADICTORY = "p\n-p\nconclusion: q"
UNREADABLE = "p\np implies that q\nconclusion: q"
FAULT = "line 2, column 16: expected '&', '|', '->', '<->' or the end, found 'q'"


Replies = Mapping[str, Mapping[str, float]]
"""For what is said last, the replies with their probabilities."""
ANSWERS = {"answer: true": 0.5, "answer: false": 0.3, "answer: unknown": 0.2}


def model(replies: Replies, heard: list[tuple[tuple[Message, ...], str]] | None = None, **settings: object) -> Any:
    """Answers the question anyhow, and what else is said as it is told to; notes what it heard and said."""

    def script(messages: Sequence[Message], rng: np.random.Generator) -> str:
        found = replies.get(messages[-1].content, ANSWERS)
        said = str(rng.choice(list(found), p=list(found.values())))
        if heard is not None:
            heard.append((tuple(messages), said))
        return said

    return ScriptedModel(script, **settings)  # type: ignore[arg-type]


def translates(*texts: str, **others: float) -> Replies:
    """The one text for certain, or texts with the probabilities that follow in order."""
    chances = list(others.values()) or [1.0]
    return {TRANSLATE + QUESTION: dict(zip(texts, chances, strict=True))}


def mends(fault: str, text: str) -> Replies:
    return {MEND.format(fault=fault): {text: 1.0}}


def answers(problem: Problem, *values: str, finish: Finish = Finish.END) -> list[Trajectory]:
    return [Trajectory(problem).extend(Step(f"answer: {value}"), finish) for value in values]


def run_of(replies: Replies, budget: Budget | None = None, seed: int = 0, problem: Problem = PROBLEM) -> Run:
    return World(problem, model(replies)).run(budget, seed)


def scores(verdicts: list[Verdict]) -> list[float | None]:
    return [verdict.score if verdict.judged else None for verdict in verdicts]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The prover is asked in this process, by enumeration: all formulas here are propositional."""

    async def prove(argument: Argument, limits: ProverLimits) -> Finding:
        await checkpoint()
        return Finding(by_enumeration(argument, worlds(("p", "q"))), "by enumeration")

    monkeypatch.setattr(verifier, "prove", prove)


@pytest.mark.parametrize("level", range(1, 6))
async def test_it_agrees_with_the_references_of_the_task(level: int) -> None:
    seen = set()
    for seed in range(4):
        problem = exercise(LogicTask(), level, seed).problem
        run = World(problem, Simulated()).run()
        verdicts = await Logic().judge(problem, answers(problem, "True", "no", "Uncertain", "900001"), run)
        expected = [problem.reference.is_correct(one) for one in ("true", "false", "unknown", "")]  # type: ignore[union-attr]
        assert scores(verdicts) == [float(one) for one in expected]
        assert run.ledger.spent.tokens == run.ledger.spent.calls == 0
        seen.add(expected.index(True))
    assert len(seen) > 1


async def test_formulas_of_the_problem_need_no_model() -> None:
    problem = replace(PROBLEM, sequent=Sequent(("p", "p -> q"), "q"))
    run = World(problem, Simulated()).run(Budget(calls=1))
    verdicts = await Logic().judge(problem, answers(problem, "true", "false"), run)
    assert verdicts[0] == Verdict(1.0, evidence="the answer is true; the conclusion follows from the premises")
    assert verdicts[1] == Verdict(0.0, evidence="the answer is false; the conclusion follows from the premises")
    (cut,) = await Logic().judge(problem, answers(problem, "true", finish=Finish.LENGTH), run)
    assert cut.score == 0.0
    assert await Logic().judge(problem, [], run) == []


async def test_formulas_can_be_set_aside(quick: None) -> None:
    problem = replace(PROBLEM, sequent=Sequent(("-q",), "q"))
    run = run_of(translates(RIGHT), problem=problem)
    assert scores(await Logic(formal=False).judge(problem, answers(problem, "true"), run)) == [1.0]
    assert scores(await Logic().judge(problem, answers(problem, "true"), run_of({}, problem=problem))) == [0.0]


async def test_a_translation_is_proved_by_the_real_prover() -> None:
    run = run_of(translates(RIGHT))
    true, false = await Logic().judge(PROBLEM, answers(PROBLEM, "True", "False"), run)
    assert (true.score, false.score) == (1.0, 0.0)
    assert "2 of 3 translations say true: the conclusion follows" in true.evidence
    assert run.ledger.spent.samples == 0
    assert run.ledger.spent.calls == 1
    assert true.cost.verifier_tokens == run.ledger.spent.tokens > 0


async def test_a_premise_that_cannot_be_read_is_mended(quick: None) -> None:
    replies = {**translates(UNREADABLE), **mends(FAULT, RIGHT)}
    run = run_of(replies)
    assert scores(await Logic().judge(PROBLEM, answers(PROBLEM, "true"), run)) == [1.0]
    assert run.ledger.spent.calls == 1 + 3
    run = run_of(replies)
    (verdict,) = await Logic(repairs=0).judge(PROBLEM, answers(PROBLEM, "true"), run)
    assert not verdict.judged
    assert FAULT in verdict.evidence
    assert run.ledger.spent.calls == 1


async def test_the_conversation_quotes_the_translation_and_its_fault(quick: None) -> None:
    heard: list[tuple[tuple[Message, ...], str]] = []
    replies = {**translates(UNREADABLE), **mends(FAULT, UNREADABLE)}
    world = World(PROBLEM, model(replies, heard))
    await Logic(translations=1, repairs=2).judge(PROBLEM, answers(PROBLEM, "true"), world.run())
    first = replace(PROBLEM, messages=(Message("user", TRANSLATE + QUESTION),))
    second = say(first, UNREADABLE, MEND.format(fault=FAULT))
    third = say(second, UNREADABLE, MEND.format(fault=FAULT))
    assert [messages for messages, _ in heard] == [first.messages, second.messages, third.messages]


async def test_a_model_of_its_own_may_translate(quick: None) -> None:
    world = World(PROBLEM, Simulated())
    for judge in (Logic(model=model(translates(RIGHT))), Logic(formal=False, model=model(translates(RIGHT)))):
        assert scores(await judge.judge(PROBLEM, answers(PROBLEM, "true"), world.run())) == [1.0]
        assert not judge.info.capabilities
    with pytest.raises(MissingCapabilityError, match="model 'simulated'"):
        Logic(model=Simulated())
    assert Logic(formal=False).info.capabilities == {Capability.DIALOGUE}


async def test_a_reply_that_was_cut_is_asked_for_again(quick: None) -> None:
    replies = {**translates(RIGHT + "\n# " + "x" * 200), **mends(CUT, RIGHT)}
    judge = Logic(translations=1, max_tokens=100)
    assert scores(await judge.judge(PROBLEM, answers(PROBLEM, "true"), run_of(replies))) == [1.0]


@pytest.mark.parametrize("reply", [UNREADABLE, CONTRADICTORY, "I cannot do that.", "("])
async def test_what_cannot_be_read_or_contradicts_itself_gives_no_verdict(quick: None, reply: str) -> None:
    replies = translates(reply)
    for judge in (Logic(), Logic(translations=1)):
        run = run_of(replies)
        verdicts = await judge.judge(PROBLEM, answers(PROBLEM, "true", "false", "unknown"), run)
        assert scores(verdicts) == [None] * 3
        assert "no majority" in verdicts[0].evidence
        assert unreserved(run.ledger)


async def test_the_majority_must_be_of_all_translations(quick: None) -> None:
    replies = translates(RIGHT, REVERSED, CONTRADICTORY, a=0.5, b=0.2, c=0.3)
    outcomes = set()
    for seed in range(16):
        heard: list[tuple[tuple[Message, ...], str]] = []
        run = World(PROBLEM, model(replies, heard)).run()
        found = scores(await Logic(seed=seed).judge(PROBLEM, answers(PROBLEM, "true", "unknown"), run))
        said = [text for _, text in heard]
        assert len(said) == 3
        right, back = said.count(RIGHT), said.count(REVERSED)
        assert found == ([1.0, 0.0] if right >= 2 else [0.0, 1.0] if back >= 2 else [None, None])
        outcomes.add(tuple(found))
    assert len(outcomes) > 1


async def test_a_run_pays_once_whoever_is_judged_and_however(quick: None) -> None:
    replies = translates(RIGHT, REVERSED, a=0.6, b=0.4)
    for seed in range(4):
        together, apart = run_of(replies, seed=seed), run_of(replies, seed=seed + 1)
        judge = Logic(translations=5, seed=seed)
        given = answers(PROBLEM, "true", "false", "unknown")
        at_once = await judge.judge(PROBLEM, given, together)
        one_by_one = []
        for one in reversed(given):
            one_by_one += await judge.judge(PROBLEM, [one], apart)
            apart.rng.random()
        assert one_by_one[::-1] == at_once
        assert together.ledger.spent.tokens == apart.ledger.spent.tokens == at_once[0].cost.tokens > 0


@pytest.mark.parametrize("reply", [UNREADABLE, REVERSED, CONTRADICTORY])
async def test_it_keeps_the_laws_of_a_verifier(quick: None, reply: str) -> None:
    replies = {**translates(reply, RIGHT, a=0.7, b=0.3), **mends(FAULT, RIGHT)}
    await check_verifier(Logic(), model(replies), answers(PROBLEM, "true", "unknown", "7"))


async def test_two_runs_of_one_verifier_know_nothing_of_each_other(quick: None) -> None:
    judge = Logic(translations=1)
    first, second = run_of(translates(RIGHT)), run_of(translates(REVERSED))
    assert scores(await judge.judge(PROBLEM, answers(PROBLEM, "true"), first)) == [1.0]
    assert scores(await judge.judge(PROBLEM, answers(PROBLEM, "true"), second)) == [0.0]


async def test_a_budget_that_is_out_gives_no_verdict_and_is_never_passed(quick: None) -> None:
    replies = {**translates(UNREADABLE), **mends(FAULT, UNREADABLE)}
    run = run_of(replies)
    await Logic().judge(PROBLEM, answers(PROBLEM, "true"), run)
    whole = run.ledger.spent
    assert whole.calls == 1 + 3 + 3
    for budget in (Budget(calls=1), Budget(calls=5), Budget(tokens=50), Budget(tokens=whole.tokens)):
        run = run_of(replies, budget)
        for _ in range(2):
            assert await run.judge(answers(PROBLEM, "true"), judge := Logic()) is None
            spent = run.ledger.spent.calls
            assert await run.judge(answers(PROBLEM, "false"), judge) is None
            assert run.ledger.spent.calls == spent, "what was refused once is not begun again"
        assert run.exhausted in set(budget.as_dict())
        assert unreserved(run.ledger)


async def test_a_model_that_fails_gives_no_verdict_or_leaves_what_there_was(quick: None) -> None:
    replies = {**translates(UNREADABLE), **mends(FAULT, RIGHT)}
    for call, said in enumerate(["the model failed", FAULT]):
        run = Run(FailingModel(model(replies), call), Ledger(), np.random.default_rng(0))
        (verdict,) = await Logic(translations=1, repairs=1).judge(PROBLEM, answers(PROBLEM, "true"), run)
        assert not verdict.judged
        assert said in verdict.evidence
        assert unreserved(run.ledger)
    run = Run(FailingModel(model(replies), 1), Ledger(), np.random.default_rng(0))
    assert scores(await Logic(translations=1).judge(PROBLEM, answers(PROBLEM, "true"), run)) == [1.0]


async def test_a_model_without_dialogue_is_refused() -> None:
    with pytest.raises(MissingCapabilityError, match="verifier 'logic' needs a model that converses"):
        await Logic().judge(PROBLEM, answers(PROBLEM, "true"), World(PROBLEM, Simulated()).run())


async def test_a_prover_that_gives_up_gives_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    premises = ("all x. -R(x, x)", "all x y z. (R(x, y) & R(y, z) -> R(x, z))", "all x. exists y. R(x, y)")
    problem = replace(PROBLEM, sequent=Sequent(premises, "exists x. R(a, x) & -R(x, x)"))
    endless = replace(problem, sequent=Sequent(premises, "false"))
    run = World(endless, Simulated()).run()
    (verdict,) = await Logic(seconds=0.2).judge(endless, answers(endless, "true"), run)
    assert not verdict.judged
    assert "0.2 seconds" in verdict.evidence


async def test_contradictory_premises_give_no_verdict() -> None:
    problem = replace(PROBLEM, sequent=Sequent(("p", "-p"), "q"))
    verdicts = await Logic().judge(problem, answers(problem, "true", "false"), World(problem, Simulated()).run())
    assert scores(verdicts) == [None, None]
    assert verdicts[0].evidence == "the premises contradict each other"


async def test_a_broken_prover_is_an_error_and_no_verdict(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setattr(prover, "_WORKER", tmp_path_factory.mktemp("none") / "none.py")
    problem = replace(PROBLEM, sequent=Sequent(("p",), "q"))
    with pytest.raises(VerifierError):
        await Logic().judge(problem, answers(problem, "true"), World(problem, Simulated()).run())


def test_what_it_needs_is_refused_before_anything_is_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FormulaError, match="line 2, column 4"):
        Logic().require(replace(PROBLEM, sequent=Sequent(("p", "q &"), "p")))
    Logic(formal=False).require(replace(PROBLEM, sequent=Sequent(("p", "q &"), "p")))
    Logic().require(PROBLEM)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"outlay\[logic\]"):
        Logic().require(PROBLEM)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("translations", 0), ("repairs", -1), ("temperature", -0.1), ("temperature", float("inf")), ("max_tokens", 0),
     ("seconds", 0.0), ("seconds", float("nan")), ("seconds", 601.0), ("memory", 255)],
)  # fmt: skip
def test_settings_out_of_range_are_refused(setting: str, value: float) -> None:
    with pytest.raises(InvalidSettingError, match=setting):
        VERIFIERS.build({"name": "logic", setting: value})


async def test_best_of_n_takes_what_the_prover_confirms() -> None:
    for seed in range(3):
        problem = exercise(LogicTask(), 2, seed).problem
        run = World(problem, Simulated(pass_rate=0.3), Logic()).run(seed=seed)
        outcome = await solve(problem, BestOfN(n=12), run)
        assert outcome.correct
        assert outcome.answer is not None
        assert outcome.answer.confidence == 1.0
        for candidate in outcome.answer.candidates:
            assert candidate.score == float(problem.reference.is_correct(candidate.value))  # type: ignore[union-attr]


async def test_best_of_n_keeps_the_laws_with_it(quick: None) -> None:
    replies = {**translates(RIGHT, REVERSED, UNREADABLE, a=0.6, b=0.2, c=0.2), **mends(FAULT, RIGHT)}
    shuffled = [model(replies, arrival=Arrival.SHUFFLED, arrival_seed=seed) for seed in (0, 1)]
    same = [World(PROBLEM, one, Logic()) for one in shuffled]
    budgets = [Budget(tokens=6000), Budget(tokens=20_000), Budget(calls=2), Budget(calls=9)]
    await check_determinism(BestOfN(n=3), same, [None, *budgets], seeds=(0, 1))
    apart = World(PROBLEM, shuffled[0], Logic(model=shuffled[1]))
    await check_budget(BestOfN(n=3), apart, budgets, seeds=(0, 1))
    await check_failures(BestOfN(n=3), apart, Budget(calls=30), seeds=(0,))
    await check_cancellation(BestOfN(n=2), apart, Budget(calls=30), seeds=(0,), turns=25)
