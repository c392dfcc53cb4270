"""A server that misbehaves: every case ends in a right verdict, in none, or in an error that says what to check."""

import json
import math

import aiohttp
import anyio
import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import given
from hypothesis import strategies as st

from outlay.core.budget import Budget
from outlay.core.errors import EndpointRefusedError, InvalidSettingError, VerifierError
from outlay.core.ledger import BudgetExhausted
from outlay.testing import SMALL_PROBLEM, SMALL_SCORES, unreserved
from outlay.verifiers.remote_reward.asking import LARGEST_REPLY
from outlay.verifiers.remote_reward.reading import read_rewards, read_tokens
from outlay.verifiers.remote_reward.settings import Api
from outlay.verifiers.remote_reward.verifier import RemoteReward
from outlay.wire.connection import FIRST_WAIT
from outlay.wire.failures import AttemptFailedError
from tests.models.openai.misbehaving_server import Exchange, MisbehavingServer, Reply, raw, stall, status
from tests.verifiers.remote_reward.conftest import KEY, Judging, run_of, serving, written
from tests.verifiers.remote_reward.reward_server import Vllm, send

pytestmark = pytest.mark.anyio

OK = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n"


def told(value: object) -> Reply:
    async def reply(exchange: Exchange) -> None:
        await send(exchange, value)

    return reply


def probs(*values: object) -> Reply:
    return told({"data": [{"index": i, "probs": [0.0, value]} for i, value in enumerate(values)]})


async def dripping(exchange: Exchange) -> None:
    """Shows signs of life for ever."""
    await exchange.send(f"{OK}content-length: 1000000\r\n\r\n")
    for _ in range(10_000):
        await exchange.send(" ")
        await anyio.sleep(0.01)


MENDABLE: dict[str, Reply] = {
    "500": status(500),
    "503": status(503, {"detail": "starting"}),
    "429": status(429),
    "closed without a word": raw(""),
    "not HTTP": raw("hello\r\n\r\n"),
    "cut off in the middle": raw(f'{OK}content-length: 100\r\n\r\n{{"data"'),
    "no reply": stall(),
    "a reply without an end": dripping,
    "not JSON": told("{not json"),
    "far too deep": told("[" * 100_000),
    "not an object": told([1, 2]),
    "no data": told({"error": None}),
    "too few": told({"data": []}),
    "too many": probs(0.5, 0.5),
    "numbered wrong": told({"data": [{"index": 3, "probs": [0.5]}]}),
    "numbered by a list": told({"data": [{"index": [0], "probs": [0.5]}]}),
    "of another endpoint": told({"data": [{"index": 0, "score": 0.5}]}),
    "a word for a number": probs("good"),
    "a truth for a number": probs(True),
}
UNPAID = {"500", "503", "429"}
SECONDS = {"no reply": 1.0, "a reply without an end": 1.0}
"""The longest wait where it is waited out."""


@pytest.mark.parametrize("name", MENDABLE)
async def test_one_failure_is_mended(name: str, server: MisbehavingServer, judging: Judging) -> None:
    server.replies = [MENDABLE[name]]
    run = run_of()
    (verdict,) = await judging.judge(["a\n=7"], run, timeout_seconds=SECONDS.get(name, 60.0))
    assert (verdict.score, verdict.judged) == (SMALL_SCORES["a\n=7"], True)
    assert server.bodies[0] == server.bodies[1]
    assert len(judging.pauses) == 1
    assert FIRST_WAIT / 2 <= judging.pauses[0] <= FIRST_WAIT
    spent = run.ledger.spent
    assert (spent.verifier_tokens, spent.calls, spent.estimated) == (len("what is it?") + 2 + 4, 1, False)


@pytest.mark.parametrize("name", MENDABLE)
async def test_lasting_failure_is_no_verdict(name: str, server: MisbehavingServer, judging: Judging) -> None:
    server.otherwise = MENDABLE[name]
    run = run_of(Budget(tokens=200))
    (verdict,) = await judging.judge(["a\n=7"], run, timeout_seconds=SECONDS.get(name, 60.0), max_retries=1)
    assert not verdict.judged
    assert "after 2 attempts" in verdict.evidence
    assert len(server.exchanges) == 2
    # What the server may have read is paid once, by estimate.
    assert run.ledger.spent.verifier_tokens == verdict.cost.verifier_tokens == (0 if name in UNPAID else 4)
    assert unreserved(run.ledger)


async def test_the_server_says_how_long_to_wait(server: MisbehavingServer, judging: Judging) -> None:
    server.replies = [status(429, retry_after="7"), status(503, retry_after="0")]
    (verdict,) = await judging.judge(["a\n=7"])
    assert verdict.judged
    assert judging.pauses[0] == 7.0
    assert FIRST_WAIT <= judging.pauses[1] <= 2 * FIRST_WAIT


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, None, 10**400])
async def test_what_is_no_number_is_no_verdict(value: object, server: MisbehavingServer, judging: Judging) -> None:
    server.replies = [probs(0.25, value, 0.75)]
    first, second, third = await judging.judge(["a\n=7", "none", "bb\n=9"])
    assert (first.score, third.score) == (0.25, 0.75)
    assert not second.judged
    assert "not finite" in second.evidence
    assert len(server.exchanges) == 1


@pytest.mark.parametrize(
    ("code", "named"), [(401, "VLLM_API_KEY"), (403, "VLLM_API_KEY"), (404, "base_url"), (400, "reward model")]
)
async def test_a_refusal_says_what_to_check(code: int, named: str, server: MisbehavingServer, judging: Judging) -> None:
    server.otherwise = status(code, f"the key {KEY} will not do")
    run = run_of(Budget(tokens=500))
    with pytest.raises(EndpointRefusedError, match=named) as refused:
        await judging.judge(["a\n=7", "none"], run)
    assert KEY not in str(refused.value)
    assert "will not do" in str(refused.value)
    assert judging.pauses == []
    assert run.ledger.spent.tokens == 0
    assert unreserved(run.ledger)


async def test_a_dead_server_is_told(judging: Judging) -> None:
    verifier = judging.verifier(base_url="http://127.0.0.1:9", max_retries=1)
    with pytest.raises(VerifierError, match=r"127\.0\.0\.1:9 .*after 2 attempts.*check base_url"):
        await verifier.judge(SMALL_PROBLEM, written(["none"]), run_of())


async def test_a_connection_that_takes_too_long_is_no_verdict(
    judging: Judging, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def connect(*_: object, **__: object) -> None:
        raise aiohttp.ConnectionTimeoutError

    monkeypatch.setattr(aiohttp.TCPConnector, "connect", connect)
    run = run_of()
    (verdict,) = await judging.judge(["none"], run, max_retries=0)
    assert not verdict.judged
    assert "no sign of life" in verdict.evidence
    assert run.ledger.spent.tokens == 0


async def test_an_answer_that_is_too_long_spoils_no_other(server: MisbehavingServer, judging: Judging) -> None:
    vllm = Vllm()

    async def strict(exchange: Exchange) -> None:
        if any("cccc" in text for text in exchange.body["input"]):
            await status(400, "This model's maximum context length is 8 tokens. However, you requested 12.")(exchange)
        else:
            await vllm(exchange)

    server.otherwise = strict
    run = run_of(Budget(calls=1))
    good, long, fine = await judging.judge(["a\n=7", "a\ncccc\n=9", "bb\n=9"], run)
    assert (good.score, fine.score) == (SMALL_SCORES["a\n=7"], SMALL_SCORES["bb\n=9"])
    assert not long.judged
    assert "maximum context length" in long.evidence
    assert run.ledger.spent.calls == 1


@pytest.mark.parametrize("data", [[], [[0.5, 0.5]], [[0.5, 0.5]] * 3])
async def test_rows_that_do_not_fit_the_steps_are_no_verdict(
    data: object, server: MisbehavingServer, judging: Judging
) -> None:
    server.otherwise = told({"data": [{"index": 0, "data": data}]})
    (verdict,) = await judging.judge(["a\n=7"], api="pooling")
    assert not verdict.judged
    assert "rows of outputs instead of 2" in verdict.evidence


async def test_a_row_for_each_token_is_recognised(server: MisbehavingServer, judging: Judging) -> None:
    server.otherwise = Vllm(rows="tokens")
    with pytest.raises(InvalidSettingError, match="rows must be tokens"):
        await judging.judge(["a\n=7"], api="pooling")


async def test_separators_that_cannot_be_told_apart_are_no_verdict(server: MisbehavingServer, judging: Judging) -> None:
    server.otherwise = Vllm(rows="tokens")
    # The server's tokenizer cuts this separator like any text, and the question holds the same token.
    (verdict,) = await judging.judge(["none"], api="pooling", rows="tokens", separator="?\n")
    assert not verdict.judged
    assert "instead of" in verdict.evidence or "after 1 steps" in verdict.evidence


async def test_logits_without_an_activation_are_the_settings_fault(server: MisbehavingServer, judging: Judging) -> None:
    server.otherwise = probs(3.5)
    with pytest.raises(InvalidSettingError, match="sigmoid or softmax"):
        await judging.judge(["a\n=7"])


async def test_a_chat_template_that_adds_too_much_is_warned_of(server: MisbehavingServer, judging: Judging) -> None:
    reply = {"data": [{"index": 0, "probs": [0.5]}], "usage": {"prompt_tokens": 5000}}
    server.otherwise = told(reply)
    run = run_of(Budget(tokens=200))
    with pytest.warns(RuntimeWarning, match="template_tokens=64"):
        await judging.judge(["a\n=7"], run)
    assert run.ledger.spent.tokens == 5000


@pytest.mark.parametrize("reply", [stall(), dripping], ids=["no reply", "a reply without an end"])
async def test_a_deadline_cuts_a_request_and_books_it(
    reply: Reply, server: MisbehavingServer, judging: Judging
) -> None:
    heard = anyio.Event()

    async def slow(exchange: Exchange) -> None:
        heard.set()
        await reply(exchange)

    server.otherwise = slow
    run = run_of(Budget(tokens=100))
    async with anyio.create_task_group() as group:
        group.start_soon(judging.judge, ["a\n=7"], run)
        with anyio.fail_after(10):
            await heard.wait()
        group.cancel_scope.cancel()
    assert run.ledger.spent.verifier_tokens == 4
    assert unreserved(run.ledger)


async def test_no_more_requests_than_allowed_are_on_the_wire(server: MisbehavingServer, judging: Judging) -> None:
    under_way, most = 0, 0
    vllm = Vllm()

    async def counting(exchange: Exchange) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await anyio.sleep(0.02)
        # What follows the last byte of a reply may overlap with the next request.
        under_way -= 1
        await vllm(exchange)

    server.otherwise = counting
    await judging.judge(["a\n=7", "none"] * 4, batch=1, max_concurrency=3)
    assert (len(server.exchanges), most) == (8, 3)


async def test_a_budget_that_cannot_pay_asks_nothing(server: MisbehavingServer, judging: Judging) -> None:
    run = run_of(Budget(tokens=80))
    with pytest.raises(BudgetExhausted):
        await judging.judge(["a\n=7", "none"], run)
    assert (server.exchanges, run.ledger.spent.tokens) == ([], 0)
    assert unreserved(run.ledger)


async def test_a_reply_of_any_length_is_not_read(
    server: MisbehavingServer, judging: Judging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outlay.verifiers.remote_reward.asking.LARGEST_REPLY", 100)
    server.otherwise = raw(f"{OK}content-length: {LARGEST_REPLY}\r\n\r\n{' ' * 1000}")
    (verdict,) = await judging.judge(["a\n=7"], max_retries=0)
    assert "over 100 bytes" in verdict.evidence


def test_one_verifier_serves_several_event_loops() -> None:
    async def ask() -> float:
        (verdict,) = await verifier.judge(SMALL_PROBLEM, written(["none"]), run_of())
        await verifier.aclose()
        return verdict.score

    with start_blocking_portal() as portal, portal.wrap_async_context_manager(serving()) as server:
        verifier = RemoteReward("tiny", base_url=server.url.removesuffix("/v1"))
        assert [anyio.run(ask), anyio.run(ask)] == [1.0, 1.0]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.lists(st.floats(), max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["data", "results", "index", "probs", "score", "usage", "prompt_tokens", "tokens"]), inner
    ),
    max_leaves=12,
)  # fmt: skip


@given(json_values, st.sampled_from(Api), st.integers(1, 2))
def test_any_reply_is_read_or_malformed(value: object, api: Api, count: int) -> None:
    data = json.dumps(value).encode()
    malformed: list[bool] = []
    for read in (lambda: read_rewards(api, data, count), lambda: read_tokens(data)):
        try:
            read()
        except AttemptFailedError as failed:
            malformed.append(failed.malformed)
    assert all(malformed)


def test_it_tells_no_key() -> None:
    assert KEY not in repr(RemoteReward("tiny"))
