"""Streams: tokens as they come, progress on the way to an answer, no long silence, nothing left when one leaves."""

from typing import Any

import httpx
import openai
import pytest

from tests.gateway.conftest import MakeGateway
from tests.gateway.serving import Served
from tests.gateway.upstream import Upstream, says

QUESTION = [{"role": "user", "content": "use 1 9 3 to make 11"}]


def lines_of(served: Served, body: dict[str, Any], headers: dict[str, str] | None = None) -> list[str]:
    """The lines of a streamed reply."""
    asked = {"messages": QUESTION, "stream": True, **body}
    with httpx.stream("POST", f"{served.url}/chat/completions", json=asked, headers=headers, timeout=60) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        return [line for line in reply.iter_lines() if line]


def test_tokens_go_on_as_they_come(gateway: MakeGateway, server: Upstream) -> None:
    server.answer = says("one two three")
    server.held = True
    stream = (
        gateway()
        .client()
        .chat.completions.create(model="big", messages=QUESTION, stream=True, stream_options={"include_usage": True})
    )
    first = next(stream)
    assert first.choices[0].delta.content == "one"
    server.release()
    rest = list(stream)
    assert [chunk.choices[0].delta.content for chunk in rest[:-2]] == [" two", " three"]
    last, usage = rest[-2:]
    assert (last.choices[0].finish_reason, last.model) == ("stop", "big")
    assert last.model_extra["outlay"]["cost"]["completion_tokens"] == 3
    assert (usage.choices, usage.usage.prompt_tokens, usage.usage.total_tokens) == ([], 10, 13)
    assert server.bodies[0]["stream_options"] == {"include_usage": True}


def test_a_decided_answer_comes_with_its_account(embedded: Served) -> None:
    stream = embedded.client().chat.completions.create(
        model="pocket@best_of_n(n=4)", messages=QUESTION, stream=True, n=2, stream_options={"include_usage": True}
    )
    *chunks, usage = list(stream)
    assert [chunk.choices[0].index for chunk in chunks] == [0, 0, 1, 1]
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None, "stop", None, "stop"]
    assert "answer:" in chunks[0].choices[0].delta.content
    told = chunks[-1].model_extra["outlay"]
    assert told["cost"]["samples"] == 8
    assert usage.usage.total_tokens == told["cost"]["tokens"] + told["cost"]["cached_tokens"]


def test_progress_is_told_as_comments_or_as_reasoning(embedded: Served) -> None:
    body = {"model": "pocket@best_of_n(n=4)"}
    comments = lines_of(embedded, body)
    assert any(line.startswith(": 4 samples, 4 verdicts, confidence") for line in comments)
    assert comments[-1] == "data: [DONE]"
    reasoning = lines_of(embedded, {**body, "outlay": {"progress": "reasoning"}})
    assert any('"reasoning_content":"4 samples' in line for line in reasoning)
    silent = lines_of(embedded, body, {"x-outlay-progress": "none"})
    assert all(line.startswith("data: ") and "reasoning" not in line for line in silent)


@pytest.mark.parametrize("model", ["big", "big@self_consistency(n=2)"])
def test_a_silent_stream_is_kept_alive(gateway: MakeGateway, server: Upstream, model: str) -> None:
    server.held = True
    served = gateway(server={"keep_alive_seconds": 1})
    asked = {"model": model, "messages": QUESTION, "stream": True}
    with httpx.stream("POST", f"{served.url}/chat/completions", json=asked, timeout=60) as reply:
        lines = reply.iter_lines()
        assert next(line for line in lines if line.startswith(":")) == ": keep-alive"
        server.release()
        assert [line for line in lines if line][-1] == "data: [DONE]"


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(("model", "requests"), [("big", 1), ("several", 3)])
def test_a_client_that_leaves_ends_all_work(
    gateway: MakeGateway, server: Upstream, model: str, requests: int, stream: bool
) -> None:
    server.held = True
    one_by_one = f"openai(model=m, base_url='{server.url}', several=false)"
    served = gateway(models={"several": one_by_one, "big": f"openai(model=m, base_url='{server.url}')"})
    name = "several@self_consistency(n=3)" if model == "several" else model
    asked = {"model": name, "messages": QUESTION, "stream": stream}
    with httpx.Client() as client:
        with pytest.raises(httpx.ReadTimeout):
            client.post(f"{served.url}/chat/completions", json=asked, timeout=httpx.Timeout(60, read=2))
        server.wait("left", requests)
    assert len(server.bodies) == requests
    server.wait("over", requests)
    assert server.counts["open"] == 0
    after = served.client().chat.completions
    server.release()
    assert after.create(model="big", messages=QUESTION).choices[0].message.content == "one two three"
    assert served.gateway.queue.under_way == 0


@pytest.mark.parametrize("strategy", ["none", "self_consistency(n=2)"])
def test_an_error_before_the_first_event_has_its_own_status(
    gateway: MakeGateway, server: Upstream, strategy: str
) -> None:
    server.status = 400
    with pytest.raises(openai.BadRequestError, match="no such thing"):
        gateway().client().chat.completions.create(model=f"big@{strategy}", messages=QUESTION, stream=True)


def test_half_a_surrogate_ends_no_stream(gateway: MakeGateway, server: Upstream) -> None:
    server.answer = says("one \ud83d two")
    lines = lines_of(gateway(), {"model": "big"})
    assert lines[-1] == "data: [DONE]"
    assert any('"content":" two"' in line for line in lines)


def test_an_error_after_it_is_an_event(gateway: MakeGateway, server: Upstream) -> None:
    server.held = True
    served = gateway(server={"keep_alive_seconds": 1}, limits={"seconds": 4})
    lines = lines_of(served, {"model": "big@self_consistency(n=2)"})
    assert lines[0] == ": keep-alive"
    assert '"code":"timeout"' in lines[-1]
    assert "data: [DONE]" not in lines
