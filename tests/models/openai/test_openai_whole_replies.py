"""Without streaming a reply comes whole: the same samples and costs, and a worst case for what was cut off."""

import json

import anyio
import pytest

from outlay.core.errors import ModelUnavailableError
from outlay.core.trajectory import Finish
from outlay.models.openai import OpenAIModel
from tests.models.openai.conftest import Asker, MakeRequest, check_bound
from tests.models.openai.misbehaving_server import Exchange, MisbehavingServer, good, raw, stall, status

pytestmark = pytest.mark.anyio


def whole(*texts: str, prompt: int = 20, completion: int = 9) -> bytes:
    choices = [
        {"index": i, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        for i, text in enumerate(texts)
    ]
    body = json.dumps({
        "object": "chat.completion",
        "choices": choices,
        "usage": {"prompt_tokens": prompt, "completion_tokens": completion},
    }).encode()  # fmt: skip
    fields = f"content-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close"
    return f"HTTP/1.1 200 OK\r\n{fields}\r\n\r\n".encode() + body


async def never(exchange: Exchange) -> None:
    await exchange.until_client_leaves()


async def test_samples_and_costs_are_those_of_a_stream(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [raw(whole("answer:1", "answer:2", completion=8))]
    samples = await asker.ask(asker.model(stream=False), make_request((1, 2)))
    assert [one.step.text for one in samples] == ["answer:1", "answer:2"]
    assert {one.finish for one in samples} == {Finish.END}
    assert (asker.spent.prompt_tokens, asker.spent.completion_tokens, asker.spent.samples) == (20, 8, 2)
    assert not asker.spent.estimated
    assert not {"stream", "stream_options"} & set(server.exchanges[0].body)


async def test_a_refused_attempt_is_made_again(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [status(503), raw(whole("answer:1"))]
    [sample] = await asker.ask(asker.model(stream=False), make_request())
    assert sample.step.text == "answer:1"
    assert asker.spent.completion_tokens == 9


async def test_a_stream_is_no_whole_reply(server: MisbehavingServer, asker: Asker, make_request: MakeRequest) -> None:
    server.otherwise = good()
    with pytest.raises(Exception, match="instead of application/json"):
        await asker.ask(asker.model(stream=False, max_retries=1), make_request())
    assert asker.spent.tokens == 0


async def test_what_was_cut_off_is_charged_at_its_worst(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.otherwise = never
    model, request = asker.model(stream=False), make_request((1, 2))
    async with anyio.create_task_group() as group:
        group.start_soon(asker.ask, model, request)
        with anyio.fail_after(10):
            while not server.exchanges:  # noqa: ASYNC110 (the server has no event for it)
                await anyio.sleep(0.001)
        group.cancel_scope.cancel()
    check_bound(model, request, asker.spent)
    assert asker.spent.completion_tokens == 2 * request.max_tokens
    assert asker.spent.estimated


async def test_a_reply_that_never_comes_is_charged_and_not_asked_for_again(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.otherwise = stall()
    model, request = asker.model(stream=False, timeout_seconds=0.2), make_request()
    with pytest.raises(ModelUnavailableError, match="spare_attempts"):
        await asker.ask(model, request)
    check_bound(model, request, asker.spent)
    assert len(server.exchanges) == 1


def test_it_can_be_built_from_text() -> None:
    assert OpenAIModel("m", stream=False).stream is False
