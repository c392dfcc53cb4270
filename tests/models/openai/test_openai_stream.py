"""Good replies: samples as they finish, log-probabilities, and what they cost."""

from contextlib import aclosing

import anyio
import pytest

from outlay.core.cost import Cost
from outlay.core.errors import EndpointRefusedError
from outlay.core.model import LanguageModel
from outlay.core.trajectory import Finish
from outlay.models.openai import OpenAIModel, TokenLimit
from tests.models.openai.conftest import KEY, Asker, MakeRequest, check_bound
from tests.models.openai.misbehaving_server import (
    Exchange,
    MisbehavingServer,
    delta,
    good,
    good_for_n,
    piece,
    stream,
    usage,
)

pytestmark = pytest.mark.anyio


async def test_one_sample(server: MisbehavingServer, asker: Asker, make_request: MakeRequest) -> None:
    server.replies = [stream(delta(0, "ans"), delta(0, "wer:2"), delta(0, "", "stop"), usage(21, 4))]
    model: LanguageModel = asker.model(prompt_price=1.0, completion_price=2.0)
    request = make_request()
    (sample,) = await asker.ask(model, request)  # type: ignore[arg-type]
    assert (sample.index, sample.step.text, sample.finish) == (0, "answer:2", Finish.END)
    assert sample.step.logprobs is None
    assert sample.step.cost == Cost(completion_tokens=4, samples=1, dollars=8e-6)
    assert asker.spent == Cost(prompt_tokens=21, completion_tokens=4, samples=1, calls=1, dollars=29e-6)
    assert request.trajectory.extend(sample.step, sample.finish).value == "2"


async def test_what_is_sent(server: MisbehavingServer, asker: Asker, make_request: MakeRequest) -> None:
    server.replies = [good()]
    await asker.ask(asker.model(), make_request((5,), temperature=0.7, top_p=0.9, stop=("\n", ";")))
    (exchange,) = server.exchanges
    assert exchange.path == "/v1/chat/completions"
    assert exchange.headers["authorization"] == f"Bearer {KEY}"
    assert exchange.body == {
        "model": "tiny", "temperature": 0.7, "top_p": 0.9, "stream": True, "seed": 5, "stop": ["\n", ";"],
        "stream_options": {"include_usage": True}, "max_tokens": 16,
        "messages": [
            {"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is 1 + 1 {really}?"},
        ],
    }  # fmt: skip


async def test_what_is_left_out(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.replies = [good()]
    monkeypatch.delenv("OPENAI_API_KEY")
    model = asker.model(seeded=False, usage=False, token_limit=TokenLimit.MAX_COMPLETION_TOKENS)
    await asker.ask(model, make_request())
    (exchange,) = server.exchanges
    assert "authorization" not in exchange.headers
    assert exchange.body.keys().isdisjoint({"seed", "stream_options", "max_tokens", "n", "stop", "logprobs"})
    assert exchange.body["max_completion_tokens"] == 16


async def test_choices_arrive_as_they_finish(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    first_arrived = anyio.Event()

    async def reply(exchange: Exchange) -> None:
        await exchange.start()
        for value in (delta(0, "slow"), delta(2, "quick"), delta(1, "mid"), delta(2, "", "stop")):
            await exchange.event(value)
        await first_arrived.wait()
        for value in (delta(0, "er", "length"), delta(1, "dle", "stop"), usage(20, 12), "[DONE]"):
            await exchange.event(value)

    server.replies = [reply]
    model, request = asker.model(), make_request((1, 2, 3))
    order = []
    async with aclosing(model.sample(request, asker.charges.append)) as samples:
        async for sample in samples:
            order.append((sample.index, sample.step.text, sample.finish))
            if not first_arrived.is_set():
                assert asker.spent == Cost(completion_tokens=1, samples=1, calls=1)
            first_arrived.set()
    assert order == [(2, "quick", Finish.END), (0, "slower", Finish.LENGTH), (1, "middle", Finish.END)]
    assert server.bodies[0]["n"] == 3
    assert asker.spent == Cost(prompt_tokens=20, completion_tokens=12, samples=3, calls=1)
    check_bound(model, request, asker.spent)


async def test_all_is_charged_when_the_last_sample_arrives(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [good_for_n]
    seen = 0
    async with aclosing(asker.model().sample(make_request((1, 2)), asker.charges.append)) as samples:
        async for _ in samples:
            seen += 1
            if seen == 2:
                break
    assert asker.spent == Cost(prompt_tokens=20, completion_tokens=10, samples=2, calls=1)


async def test_logprobs_of_the_chat_endpoint(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    def probabilities(*values: float) -> dict[str, object]:
        return {"content": [{"token": "x", "logprob": value} for value in values]}

    first = delta(0, "ab", logprobs=probabilities(-0.5, -1.0))
    server.replies = [stream(first, delta(0, "c", "stop", logprobs=probabilities(-2.0)))]
    (sample,) = await asker.ask(asker.model(logprobs=True), make_request())
    assert sample.step.logprobs == (-0.5, -1.0, -2.0)
    assert server.bodies[0]["logprobs"] is True
    assert sample.step.cost == Cost(completion_tokens=3, samples=1)


async def test_logprobs_of_the_completions_endpoint(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    logprobs = {"tokens": ["a", "b"], "token_logprobs": [-0.25, -4]}
    server.replies = [stream(piece(0, "ab", "stop", logprobs=logprobs), usage(9, 2))]
    (sample,) = await asker.ask(asker.model(api="completions", logprobs=True), make_request())
    assert (sample.step.text, sample.step.logprobs) == ("ab", (-0.25, -4.0))
    assert server.bodies[0]["logprobs"] == 1
    assert server.bodies[0]["prompt"] == "Be brief.\n\nWhat is 1 + 1 {really}?"
    assert server.exchanges[0].path == "/v1/completions"


async def test_missing_logprobs_are_a_refusal(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [good()]
    with pytest.raises(EndpointRefusedError, match="logprobs=false"):
        await asker.ask(asker.model(logprobs=True), make_request())
    assert asker.spent.tokens == 23


async def test_cached_tokens_are_told_apart(server: MisbehavingServer, asker: Asker, make_request: MakeRequest) -> None:
    server.replies = [stream(delta(0, "x", "stop"), usage(20, 1, cached=12))]
    await asker.ask(asker.model(prompt_price=10.0, cached_price=1.0), make_request())
    assert (asker.spent.prompt_tokens, asker.spent.cached_tokens) == (8, 12)
    assert asker.spent.dollars == pytest.approx(92e-6)


async def test_without_usage_the_cost_is_an_estimate(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [stream(delta(0, "twelve bytes", "stop"))]
    (sample,) = await asker.ask(asker.model(), make_request())
    # 9 and 23 bytes are 3 and 6 tokens, and each message adds 4.
    assert asker.spent == Cost(prompt_tokens=17, completion_tokens=3, samples=1, calls=1, estimated=True)
    assert sample.step.cost == Cost(completion_tokens=3, samples=1, estimated=True)


async def test_hidden_reasoning_is_no_text_but_is_paid(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    thought = {"choices": [{"index": 0, "delta": {"reasoning_content": "hm"}}]}
    server.replies = [stream(thought, thought, thought, delta(0, "2", "stop"))]
    (sample,) = await asker.ask(asker.model(), make_request())
    assert sample.step.text == "2"
    assert asker.spent.completion_tokens == 4


async def test_a_server_without_n_is_asked_once_a_sample(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.otherwise = good_for_n
    model = asker.model(several=False)
    samples = await asker.ask(model, make_request((11, 12, 13)))
    assert {sample.index: sample.step.text for sample in samples} == {
        0: "seed 11 choice 0", 1: "seed 12 choice 0", 2: "seed 13 choice 0",
    }  # fmt: skip
    assert all("n" not in body for body in server.bodies)
    assert asker.spent == Cost(prompt_tokens=60, completion_tokens=15, samples=3, calls=3)


async def test_a_server_that_ignores_n_is_told_of(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [good("only one")]
    found = asker.model().sample(make_request((1, 2, 3)), asker.charges.append)
    assert (await anext(found)).step.text == "only one"
    with pytest.raises(EndpointRefusedError, match="several=false"):
        await anext(found)
    assert asker.spent.tokens == 23


async def test_a_server_that_ignores_n_and_ends_without_done_is_told_of(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    # As in transformers serve: the count comes with the last event, and the stream just ends.
    server.replies = [stream(delta(0, "only"), delta(0, "", "stop") | {"usage": usage(20, 2)["usage"]}, done=False)]
    found = asker.model().sample(make_request((1, 2, 3)), asker.charges.append)
    assert (await anext(found)).step.text == "only"
    with pytest.raises(EndpointRefusedError, match="several=false"):
        await anext(found)
    assert (asker.spent.tokens, asker.spent.calls) == (22, 1)


async def test_a_choice_cut_off_half_said_is_asked_for_again(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    # As in vLLM with continuous_usage_stats: counts come with every event, so a count does not mean the end.
    counted = usage(20, 2)["usage"]
    broken = stream(delta(0, "whole", "stop") | {"usage": counted}, delta(1, "ha") | {"usage": counted}, done=False)
    server.replies = [broken, good("half", completion=1)]
    samples = await asker.ask(asker.model(spare_attempts=1), make_request((1, 2)))
    assert {sample.index: sample.step.text for sample in samples} == {0: "whole", 1: "half"}


async def test_a_closed_model_opens_again(server: MisbehavingServer, asker: Asker, make_request: MakeRequest) -> None:
    server.otherwise = good()
    model = asker.model()
    await asker.ask(model, make_request())
    await model.aclose()
    await model.aclose()
    assert len([s async for s in model.sample(make_request(), asker.charges.append)]) == 1


async def test_a_prompt_longer_than_its_bound_is_not_passed_in_silence(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [good(prompt=5000)]
    with pytest.warns(RuntimeWarning, match="template_tokens=64"):
        _ = [s async for s in asker.model().sample(make_request(), asker.charges.append)]
    assert asker.spent.prompt_tokens == 5000


def test_one_model_serves_one_event_loop_after_another(make_request: MakeRequest) -> None:
    async def once(model: OpenAIModel) -> str:
        async with anyio.create_task_group() as group:
            server = MisbehavingServer(otherwise=good())
            await server.serve(group)
            object.__setattr__(model, "base_url", server.url)
            (sample,) = [s async for s in model.sample(make_request(), lambda _: None)]
            await model.aclose()
            group.cancel_scope.cancel()
        return sample.step.text

    model = OpenAIModel("tiny", base_url="http://127.0.0.1:1/v1")
    assert [anyio.run(once, model), anyio.run(once, model)] == ["answer:1", "answer:1"]
