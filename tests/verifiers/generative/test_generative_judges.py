"""Judges that ask a model: what they make of good replies, bad replies and none, and what they pay."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.core import phrases
from outlay.core.budget import Budget
from outlay.core.errors import InvalidSettingError, MissingCapabilityError, ModelUnavailableError
from outlay.core.ledger import Ledger
from outlay.core.problem import Message, Problem
from outlay.core.run import Run
from outlay.core.solve import solve
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Verdict, Verifier
from outlay.models import MODELS
from outlay.strategies import STRATEGIES
from outlay.tasks.exercise import ask
from outlay.tasks.free_answer import FreeAnswer
from outlay.testing import Arrival
from outlay.testing.scripted import Script, ScriptedModel
from outlay.testing.verifier_laws import check_verifier
from outlay.verifiers import VERIFIERS
from outlay.verifiers.generative import replies

pytestmark = pytest.mark.anyio

PROBLEM = Problem("apples", ask("Ann has 3 apples and buys 4 more. How many has she?"), FreeAnswer())
RIGHT, WRONG, POOR = "She has 3 + 4.\nanswer: 7", "She has 3 * 4.\nanswer: 12", "I guess.\nanswer: 1"
FORMS = {
    "generative": "generative(samples=3)",
    "criticise": "generative(samples=3, form=criticise)",
    "self_evaluation": "self_evaluation",
    "judge": "judge(samples=2)",
    "backward": "backward(masks=2, samples=2)",
    "pairwise": "pairwise",
    "listwise": "listwise(rounds=3)",
}
every = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def answered(*texts: str) -> list[Trajectory]:
    return [Trajectory(PROBLEM).extend(Step(text), Finish.END) for text in texts]


def knows(messages: Sequence[Message], rng: np.random.Generator) -> str:
    """A judge that knows the answer: 7."""
    asked, before = messages[-1].content, messages[-2].content if len(messages) > 1 else ""
    shown = re.findall(r"<answer>\n(.*?)\n</answer>", asked, re.DOTALL)
    right = ["answer: 7" in text for text in shown]
    if asked in {phrases.CHECK, phrases.FORESEE}:
        return "yes" if "answer: 7" in before else "no"
    if asked == phrases.CRITICISE:
        return "nothing." if "answer: 7" in before else "the product."
    if "verdict:" in asked:
        return f"Let me see.\nVerdict: {'Yes' if right[0] else 'No'}"
    if "score: N" in asked:
        return f"Fine.\nscore: {9 if right[0] else 2}"
    if "better: A" in asked:
        return "better: " + ("same" if right[0] == right[1] else "A" if right[0] else "B")
    if "order:" in asked:
        return "order: " + ", ".join(str(i + 1) for i in sorted(range(len(right)), key=lambda i: -right[i]))
    hidden = re.search(r"has (\d+|X) apples and buys (\d+|X)", asked)
    value = re.search(r"question is (\d+)", asked)
    assert hidden
    assert value
    return f"X = {int(value.group(1)) - int(next(part for part in hidden.groups() if part != 'X'))}"


def built(form: str, script: Script | None = None, **settings: Any) -> tuple[Verifier, ScriptedModel]:
    return VERIFIERS.build(form), ScriptedModel(script or knows, **settings)


async def judged(form: str, script: Script, *texts: str) -> list[Verdict]:
    verifier, model = built(form, script)
    return await check_verifier(verifier, model, answered(*texts))


@every
async def test_a_right_answer_beats_a_wrong_one(form: str) -> None:
    right, wrong, again = await judged(form, knows, RIGHT, WRONG, RIGHT)
    assert right.judged
    assert wrong.judged
    assert right.score == again.score > wrong.score


@every
@pytest.mark.parametrize(
    "said", ["", "I cannot say.", "score: 11", "verdict: maybe", "order: 1, 1", "X is nothing", "ja"]
)
async def test_a_reply_off_its_form_is_no_verdict_and_no_pass(form: str, said: str) -> None:
    if "criticise" in form and said:
        pytest.skip("any words that are not 'nothing' are a critique")
    verdicts = await judged(form, lambda messages, rng: said, RIGHT, WRONG)
    assert [(one.judged, one.score) for one in verdicts] == [(False, 0.0)] * 2


@every
async def test_a_model_that_fails_makes_no_verdict_and_ends_no_run(form: str) -> None:
    def fails(messages: Sequence[Message], rng: np.random.Generator) -> str:
        raise ModelUnavailableError("the server is down")

    verdicts = await judged(form, fails, RIGHT, WRONG)
    assert [(one.judged, one.score, one.evidence) for one in verdicts] == [(False, 0.0, "the server is down")] * 2


@every
@pytest.mark.parametrize("seed", range(3))
async def test_arrival_changes_nothing(form: str, seed: int) -> None:
    def fickle(messages: Sequence[Message], rng: np.random.Generator) -> str:
        return knows(messages, rng) if rng.random() < 0.7 else ""

    found = []
    for arrival in Arrival:
        verifier, model = built(form, fickle, arrival=arrival, arrival_seed=seed)
        run = Run(model, Ledger(), np.random.default_rng(0))
        found.append(await verifier.judge(PROBLEM, answered(RIGHT, WRONG, POOR), run))
    assert found[0] == found[1] == found[2]


@every
async def test_best_of_n_takes_the_answer_that_the_judge_prefers(form: str) -> None:
    def answers(messages: Sequence[Message], rng: np.random.Generator) -> str:
        if messages[-1].content == PROBLEM.messages[-1].content:
            return str(rng.choice([RIGHT, WRONG, POOR], p=[0.25, 0.6, 0.15]))
        return knows(messages, rng)

    verifier, model = built(form, answers)
    offered = 0
    for seed in range(5):
        run = Run(model, Ledger(Budget(tokens=200_000)), np.random.default_rng(seed), verifier)
        outcome = await solve(PROBLEM, STRATEGIES.build("best_of_n(n=6)"), run)
        assert outcome.answer is not None
        values = [one.value for one in outcome.answer.candidates]
        assert len(values) == 6
        offered += "7" in values
        assert "7" not in values or outcome.value == "7"
        assert outcome.cost.verifier_tokens > 0 or len(set(values)) == 1
        assert outcome.cost.samples == 6
    assert offered >= 3


async def test_a_judge_that_keeps_to_a_position_makes_a_tie_of_every_pair() -> None:
    first, second, third = await judged("pairwise", lambda messages, rng: "better: A", RIGHT, WRONG, POOR)
    assert first.score == second.score == third.score == 0.5
    swayed = await VERIFIERS.build("pairwise(swap=false)").judge(
        PROBLEM,
        answered(RIGHT, WRONG),
        Run(ScriptedModel(lambda messages, rng: "better: A"), Ledger(), np.random.default_rng(0)),
    )
    assert {verdict.score for verdict in swayed} == {0.0, 1.0}


@pytest.mark.parametrize(("opponents", "comparisons"), [(None, 30), (5, 30), (1, 12)])
async def test_opponents_bound_the_comparisons(opponents: int | None, comparisons: int) -> None:
    verifier = VERIFIERS.build(f"pairwise(opponents={opponents})")
    run = Run(ScriptedModel(knows), Ledger(), np.random.default_rng(0))
    verdicts = await verifier.judge(PROBLEM, answered(RIGHT, *(f"{WRONG} {i}" for i in range(5))), run)
    assert run.ledger.spent.calls <= comparisons
    assert all(verdict.judged for verdict in verdicts)
    assert verdicts[0].score == 1.0


@pytest.mark.parametrize("form", ["pairwise", "listwise"])
async def test_a_lone_answer_is_not_compared(form: str) -> None:
    verifier, model = built(form)
    run = Run(model, Ledger(), np.random.default_rng(0))
    assert [one.score for one in await verifier.judge(PROBLEM, answered(RIGHT, RIGHT), run)] == [0.5, 0.5]
    assert run.ledger.spent.calls == 0


@pytest.mark.parametrize("form", ["pairwise", "listwise"])
@pytest.mark.parametrize("strategy", ["iterative_decoding", "alignment_resampling(n=2, baseline=0.5)"])
async def test_who_judges_one_by_one_refuses_a_verifier_that_compares(form: str, strategy: str) -> None:
    verifier, model = built(form)
    run = Run(model, Ledger(), np.random.default_rng(0), verifier)
    with pytest.raises(MissingCapabilityError, match="which compares"):
        await solve(PROBLEM, STRATEGIES.build(strategy), run)


async def test_a_budget_that_pays_for_no_comparison_leaves_the_answers_unjudged() -> None:
    verifier, model = built("pairwise", lambda messages, rng: str(rng.random()))
    run = Run(model, Ledger(Budget(samples=3, calls=1)), np.random.default_rng(0), verifier)
    outcome = await solve(PROBLEM, STRATEGIES.build("best_of_n(n=3)"), run)
    assert outcome.answer is not None
    assert [one.score for one in outcome.answer.candidates] == [None] * 3


async def test_self_evaluation_reads_the_probability_of_the_word() -> None:
    verdicts = []
    for word in ("yes", "No.", "YES"):
        verifier, model = built("self_evaluation", lambda messages, rng, word=word: word, likelihood=0.8)
        verdicts += await verifier.judge(PROBLEM, answered(RIGHT), Run(model, Ledger(), np.random.default_rng(0)))
    assert [round(one.score, 9) for one in verdicts] == [0.8, 0.2, 0.8]


async def test_a_question_without_numbers_cannot_be_gone_back_from() -> None:
    with pytest.raises(MissingCapabilityError, match="a number"):
        VERIFIERS.build("backward").require(Problem("poem", ask("Write a poem."), FreeAnswer()))


@pytest.mark.parametrize(
    "form",
    ["generative(samples=0)", "judge(best=0)", "backward(masks=0)", "pairwise(opponents=0)", "listwise(rounds=0)"],
)
def test_settings_out_of_range_are_refused(form: str) -> None:
    with pytest.raises(InvalidSettingError):
        VERIFIERS.build(form)


def test_a_judge_may_have_a_model_of_its_own() -> None:
    verifier = VERIFIERS.knowing(MODELS).build("generative(model=pocket_dialogue)")
    assert not verifier.info.capabilities
    with pytest.raises(MissingCapabilityError, match="converses"):
        VERIFIERS.knowing(MODELS).build("judge(model=pocket)")


@given(st.text(max_size=300))
def test_no_reply_breaks_a_reader(text: str) -> None:
    assert replies.verdict(text) in {True, False, None}
    found = replies.score(text, 10)
    assert found is None or 0 <= found <= 1
    assert replies.preference(text) in {0.0, 0.5, 1.0, None}
    positions = replies.order(text, 3)
    assert positions is None or sorted(positions) == [0, 1, 2]
    replies.hidden(text)


@pytest.mark.parametrize(
    "text", ["score: " + "9" * 100_000, "order: " + "1, " * 50_000, "x = " + "1," * 50_000, "verdict " * 50_000]
)
def test_a_long_reply_is_read_at_once(text: str) -> None:
    replies.verdict(text)
    replies.score(text, 10)
    replies.preference(text)
    replies.order(text, 3)
    replies.hidden(text)


def test_the_last_word_counts() -> None:
    assert replies.verdict("verdict: no ... wait. **Verdict:** yes") is True
    assert replies.score("score: 3, no: Score: 7/10", 10) == 0.7
    assert replies.preference("better: A\nBetter: **B**") == 0.0
    assert replies.order("order: 2 > 1, 3", 3) == [1, 0, 2]
    assert replies.hidden("so x = 3, hence X = 1,200") == "1200"
