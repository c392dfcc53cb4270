"""What is asked of a well-behaved server, and what becomes of its rewards."""

import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.core.cost import NOTHING, Cost
from outlay.core.errors import InvalidSettingError, UnknownNameError
from outlay.core.problem import Message
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Judges
from outlay.testing import SMALL_PROBLEM, SMALL_SCORES, small_model
from outlay.testing.verifier_laws import check_verifier
from outlay.verifiers import VERIFIERS
from outlay.verifiers.activation import Activation
from outlay.verifiers.marked_steps import mark_steps
from outlay.verifiers.remote_reward.accounting import bound, shares
from outlay.verifiers.remote_reward.reading import Usage
from outlay.verifiers.remote_reward.verifier import RemoteReward
from tests.models.openai.misbehaving_server import MisbehavingServer
from tests.verifiers.remote_reward.conftest import KEY, Judging, run_of, written
from tests.verifiers.remote_reward.reward_server import QUESTION, SEPARATOR, Vllm, send

pytestmark = pytest.mark.anyio

ANSWERS = ["a\n=7", "bb\n=9", "none", "a\ncccc\n=9", "bb\n=8"]
FORMS: dict[str, dict[str, Any]] = {
    "classify": {"api": "classify"},
    "classify as a conversation": {"api": "classify", "chat": True},
    "score": {"api": "score"},
    "rerank": {"api": "rerank"},
    "pooling": {"api": "pooling"},
    "pooling as a conversation": {"api": "pooling", "chat": True},
    "pooling by token": {"api": "pooling", "rows": "tokens"},
    "pooling by token, as a conversation": {"api": "pooling", "rows": "tokens", "chat": True},
}
every = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def playing(form: dict[str, Any], **settings: Any) -> Vllm:
    return Vllm(rows=form.get("rows", "steps"), **settings)


@every
async def test_scores_are_the_servers(form: dict[str, Any], server: MisbehavingServer, judging: Judging) -> None:
    server.otherwise = playing(form)
    verdicts = await judging.judge(ANSWERS, **form)
    assert [verdict.score for verdict in verdicts] == [SMALL_SCORES[answer] for answer in ANSWERS]
    for answer, verdict in zip(ANSWERS, verdicts, strict=True):
        parts = SMALL_PROBLEM.step_rule.split(answer)
        upto = ["".join(parts[: i + 1]) for i in range(len(parts))]
        steps = tuple(SMALL_SCORES[one] for one in upto)
        assert verdict.step_scores == (steps if form["api"] == "pooling" else None)


@every
async def test_the_laws_hold(form: dict[str, Any], server: MisbehavingServer, judging: Judging) -> None:
    server.otherwise = playing(form)
    await check_verifier(judging.verifier(**form), small_model(), written(ANSWERS))
    await check_verifier(judging.verifier(batch=2, **form), small_model(), written(ANSWERS))


@every
async def test_many_answers_go_in_few_requests(
    form: dict[str, Any], server: MisbehavingServer, judging: Judging
) -> None:
    server.otherwise = vllm = playing(form)
    run = run_of()
    await judging.judge(ANSWERS, run, batch=3, **form)
    asked = [path for path in vllm.paths if path != "/tokenize"]
    together = 5 if form.get("chat") and form.get("rows") != "tokens" else 2
    assert asked == [f"/{form['api']}"] * together
    assert run.ledger.spent.calls == together


@every
async def test_the_servers_count_is_paid(form: dict[str, Any], server: MisbehavingServer, judging: Judging) -> None:
    server.otherwise = playing(form)
    run = run_of()
    verdicts = await judging.judge(ANSWERS, run, batch=3, parameters=500, price=3.0, **form)
    spent = run.ledger.spent
    texts = [mark_steps(one, SEPARATOR).text if form["api"] == "pooling" else one.text for one in written(ANSWERS)]
    around = len(QUESTION) + (0 if form["api"] in {"score", "rerank"} else 2)
    tokens = sum(around + len(text.replace(SEPARATOR, "!")) for text in texts)
    assert (spent.verifier_tokens, spent.tokens, spent.cached_tokens) == (tokens, tokens, 0)
    assert not spent.estimated
    assert spent.flops == pytest.approx(2.0 * 500 * tokens)
    assert spent.dollars == pytest.approx(3.0 * tokens / 1e6)
    shared = sum((verdict.cost for verdict in verdicts), NOTHING)
    assert (shared.verifier_tokens, shared.calls) == (spent.verifier_tokens, spent.calls)
    assert shared.dollars == pytest.approx(spent.dollars)


async def test_cached_tokens_are_booked_apart(server: MisbehavingServer, judging: Judging) -> None:
    server.otherwise = Vllm(cached=10)
    run = run_of()
    await judging.judge(ANSWERS, run)
    spent = run.ledger.spent
    assert spent.cached_tokens == 50
    assert spent.verifier_tokens == sum(len(QUESTION) + 2 + len(answer) for answer in ANSWERS) - 50


async def test_without_a_count_it_is_estimated(server: MisbehavingServer, judging: Judging) -> None:
    server.otherwise = Vllm(usage=False)
    run = run_of()
    await judging.judge(["a\n=7"], run)
    assert replace(run.ledger.spent, seconds=0.0) == Cost(verifier_tokens=4, calls=1, estimated=True)


async def test_logits_become_scores(server: MisbehavingServer, judging: Judging) -> None:
    server.otherwise = Vllm(logits={"a\n=7": 1.5, "none": -800.0, "bb\n=9": 800.0})
    asked = ["a\n=7", "none", "bb\n=9"]
    one, low, high = [verdict.score for verdict in await judging.judge(asked, activation="sigmoid")]
    assert one == pytest.approx(1 / (1 + math.exp(-1.5)))
    assert (low, high) == (0.0, 1.0)
    one, low, high = [verdict.score for verdict in await judging.judge(asked, activation="softmax")]
    assert one == pytest.approx(1 / (1 + math.exp(-3.0)))
    assert (low, high) == (0.0, 1.0)
    assert all(body["use_activation"] is False for body in server.bodies)


async def test_the_class_of_right_answers_may_be_the_first(judging: Judging) -> None:
    (verdict,) = await judging.judge(["bb\n=9"], right=0)
    assert verdict.score == 1 - SMALL_SCORES["bb\n=9"]


@pytest.mark.parametrize(
    ("aggregation", "expected"), [("last", 0.5), ("min", 0.5), ("max", 0.875), ("product", 0.5 * 0.875 * 0.5)]
)
async def test_step_scores_are_aggregated(judging: Judging, aggregation: str, expected: float) -> None:
    (verdict,) = await judging.judge(["a\ncccc\n=9"], api="pooling", aggregation=aggregation)
    assert verdict.score == expected


async def test_partial_answers_are_judged_by_their_steps(judging: Judging) -> None:
    begun = Trajectory(SMALL_PROBLEM).extend(Step("a\n"), Finish.STEP)
    further = begun.extend(Step("cccc\n", begun.last), Finish.STEP)
    verifier = judging.verifier(api="pooling")
    assert verifier.info.judges is Judges.STEPS
    verdicts = await verifier.judge(SMALL_PROBLEM, [begun, further], run_of())
    assert [verdict.step_scores for verdict in verdicts] == [(0.5,), (0.5, 0.875)]


async def test_the_row_before_the_separator_may_tell(server: MisbehavingServer, judging: Judging) -> None:
    class Predicting(Vllm):
        def _rows(self, body: Any, text: str) -> list[list[float]]:
            rows = super()._rows(body, text)
            return [*rows[1:], rows[0]]

    server.otherwise = Predicting(rows="tokens")
    (verdict,) = await judging.judge(["a\n=7"], api="pooling", rows="tokens", before=True)
    assert verdict.step_scores == (0.5, 0.75)


async def test_what_is_asked_has_the_documented_shape(server: MisbehavingServer, judging: Judging) -> None:
    server.otherwise = lambda exchange: send(exchange, {"data": [{"index": 0, "probs": [0.5, 0.5]}]})
    await judging.judge(["none"])
    await judging.judge(["none"], template="Q: {prompt} {answer}?\n\n{answer}!", activation="none")
    assert server.bodies[0] == {"model": "tiny", "input": [f"{QUESTION}\n\nnone"]}
    assert server.exchanges[0].headers["authorization"] == f"Bearer {KEY}"
    assert server.exchanges[0].headers["accept"] == "application/json"
    assert server.bodies[1]["input"] == [f"Q: {QUESTION} none?\n\nnone!"]


async def test_a_question_may_hold_the_words_of_the_template(server: MisbehavingServer, judging: Judging) -> None:
    odd = replace(SMALL_PROBLEM, messages=(Message("user", "what is {answer} to {prompt}?"),))
    one = Trajectory(odd).extend(Step("{prompt}"), Finish.END)
    server.otherwise = lambda exchange: send(exchange, {"data": [{"index": 0, "probs": [0.5, 0.5]}]})
    await judging.verifier().judge(odd, [one], run_of())
    assert server.bodies[0]["input"] == ["what is {answer} to {prompt}?\n\n{prompt}"]


async def test_nothing_is_asked_where_the_verdict_is_known(server: MisbehavingServer, judging: Judging) -> None:
    run = run_of()
    (cut,) = await judging.judge(["a\n=7"], run, finish=Finish.LENGTH)
    empty, blank = await judging.judge(["", " \n"], run)
    (twice,) = await judging.judge([f"a{SEPARATOR}"], run, api="pooling")
    assert (cut.score, cut.judged) == (0.0, True)
    assert not any(verdict.judged for verdict in (empty, blank, twice))
    assert "hold the separator" in twice.evidence
    assert (server.exchanges, run.ledger.spent.tokens) == ([], 0)


@pytest.mark.parametrize(
    ("settings", "error", "named"),
    [
        ({"base_url": "localhost:8000"}, ValueError, "base_url"),
        ({"base_url": "http://me:secret@host"}, ValueError, "base_url"),
        ({"api": "pool"}, UnknownNameError, "pooling"),
        ({"activation": "relu"}, UnknownNameError, "softmax"),
        ({"template": "{prompt}"}, InvalidSettingError, "answer"),
        ({"separator": " \n"}, InvalidSettingError, "separator"),
        ({"chat": True, "api": "score"}, InvalidSettingError, "chat"),
        ({"before": True}, InvalidSettingError, "before"),
        ({"batch": 0}, InvalidSettingError, "batch"),
        ({"price": math.nan}, InvalidSettingError, "price"),
        ({"timeout_seconds": 0.0}, InvalidSettingError, "timeout_seconds"),
        ({"max_retries": -1}, InvalidSettingError, "max_retries"),
    ],
)
def test_wrong_settings_are_told(settings: dict[str, Any], error: type[Exception], named: str) -> None:
    with pytest.raises(error, match=named) as told:
        RemoteReward("tiny", **settings)
    assert "secret" not in str(told.value)


def test_it_is_built_by_name() -> None:
    built = VERIFIERS.build("remote_reward(model='org/name', api=pooling, right=0, aggregation=min)")
    assert built == RemoteReward("org/name", api="pooling", right=0, aggregation="min")
    assert VERIFIERS.build("remote_reward:org/name") == RemoteReward("org/name")
    with pytest.raises(ValueError, match="needs model="):
        VERIFIERS.build("remote_reward")
    assert (built.info.reserves_first, RemoteReward("x").info.judges) == (True, Judges.OUTCOMES)


steps = st.lists(st.text("ab \t", max_size=4), min_size=1, max_size=6)


@given(steps, st.sampled_from(["<s>", ""]), st.sampled_from(["", "\n"]))
def test_marks_stand_after_the_steps(parts: list[str], separator: str, join: str) -> None:
    one, shorter = Trajectory(SMALL_PROBLEM), ""
    for part in parts:
        one = one.extend(Step(f"{part}\n", one.last), Finish.STEP)
        marked = mark_steps(one, separator, join)
        assert all(marked.text[:end].endswith(separator) for end in marked.ends)
        assert all(before < after for before, after in pairwise((0, *marked.ends)))
        assert len(marked.marks) == one.depth
        assert len(marked.ends) == sum(bool(step.text.strip()) for step in one.steps)
        assert max(marked.marks) == max(len(marked.ends) - 1, 0)
        assert marked.text.startswith(shorter)
        shorter = marked.text


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=8), st.integers(0, 10_000), st.integers(0, 10_000))
def test_shares_add_up_and_estimates_stay_within_the_bound(sizes: list[int], read: int, cached: int) -> None:
    settings = RemoteReward("tiny")
    counted = Usage(read, min(cached, read))
    paid = sum(shares(settings, sizes, counted), NOTHING)
    assert (paid.verifier_tokens, paid.cached_tokens) == (counted.read - counted.cached, counted.cached)
    assert all(one.verifier_tokens >= 0 for one in shares(settings, sizes, Usage(read, 0)))
    guessed = sum(shares(settings, sizes, None), NOTHING)
    worst = bound(settings, sizes)
    assert guessed.verifier_tokens <= worst.verifier_tokens
    assert guessed.calls == worst.calls == 1


@given(st.lists(st.floats(), min_size=1, max_size=4), st.sampled_from(["sigmoid", "softmax"]))
def test_every_score_is_in_range(outputs: list[float], activation: str) -> None:
    score = Activation(activation).score("x", outputs, -1)
    assert score is None or 0.0 <= score <= 1.0
    assert (score is None) == (not all(map(math.isfinite, outputs)))


def test_outputs_that_are_no_probabilities_are_the_settings_fault() -> None:
    with pytest.raises(InvalidSettingError, match=r"sigmoid or softmax: the output 3\.5 is no probability"):
        Activation.NONE.score("verifier x", [3.5], -1)
    with pytest.raises(InvalidSettingError, match="right=2"):
        Activation.NONE.score("verifier x", [0.1, 0.9], 2)
    assert Activation.NONE.score("verifier x", [1.0004], -1) == 1.0
