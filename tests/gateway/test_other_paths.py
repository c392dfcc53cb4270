"""The other paths of the API: completions, responses, embeddings."""

import json
from typing import Any

import openai
import pytest

from tests.gateway.conftest import MakeGateway
from tests.gateway.serving import Served
from tests.gateway.upstream import Upstream, calls, says

QUESTION = "use 1 9 3 to make 11"
TOOL = {"type": "function", "name": "weather", "parameters": {"type": "object"}}


def test_a_completion_by_a_strategy(embedded: Served) -> None:
    asked: dict[str, Any] = {"model": "pocket@best_of_n(n=4)", "prompt": QUESTION, "seed": 1}
    whole = embedded.client().completions.create(**asked)
    assert (whole.object, whole.choices[0].finish_reason) == ("text_completion", "stop")
    assert "answer:" in whole.choices[0].text
    assert whole.model_extra["outlay"]["cost"]["samples"] == 4
    chunks = list(embedded.client().completions.create(**asked, stream=True))
    assert "".join(chunk.choices[0].text for chunk in chunks) == whole.choices[0].text
    assert chunks[-1].model_extra["outlay"]["value"] == whole.model_extra["outlay"]["value"]


def test_a_models_server_continues_the_prompt_as_it_is(gateway: MakeGateway, server: Upstream) -> None:
    server.completes = True
    server.answer = says("to be")
    client = gateway().client()
    found = client.completions.create(model="big", prompt="To be or not", temperature=0.3, max_tokens=5)
    assert found.choices[0].text == "to be"
    assert server.paths == ["/v1/completions"]
    body = server.bodies[0]
    assert (body["prompt"], body["temperature"], body["max_tokens"]) == ("To be or not", 0.3, 5)
    with pytest.raises(openai.BadRequestError, match="suffix cannot be honoured"):
        client.completions.create(model="big", prompt="a", suffix="b")


@pytest.mark.parametrize("model", ["big", "big@self_consistency(n=3)"])
def test_a_response(gateway: MakeGateway, server: Upstream, model: str) -> None:
    server.answer = says("answer: 7")
    asked: dict[str, Any] = {"model": model, "instructions": "be brief", "input": QUESTION, "max_output_tokens": 9}
    client = gateway().client()
    whole = client.responses.create(**asked)
    assert (whole.output_text, whole.status, whole.object) == ("answer: 7", "completed", "response")
    assert server.bodies[0]["messages"][0] == {"role": "system", "content": "be brief"}
    assert server.bodies[0]["max_tokens"] == 9
    assert whole.usage.total_tokens == whole.model_extra["outlay"]["cost"]["tokens"]
    with client.responses.stream(**asked) as stream:
        events = list(stream)
        final = stream.get_final_response()
    assert final.output_text == "answer: 7"
    assert [event.sequence_number for event in events if hasattr(event, "sequence_number")] == list(range(len(events)))
    assert events[0].type == "response.created"
    assert events[-1].type == "response.completed"
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == "answer: 7"


def test_a_response_that_calls_and_what_came_of_it(gateway: MakeGateway, server: Upstream) -> None:
    server.answer = calls('{"city": "Oslo"}')
    client = gateway().client()
    said: list[Any] = [{"role": "user", "content": [{"type": "input_text", "text": "weather in Oslo?"}]}]
    asked: dict[str, Any] = {"model": "big@self_consistency(n=2)", "tools": [TOOL], "input": said}
    (call,) = client.responses.create(**asked).output
    assert (call.type, call.name, json.loads(call.arguments)) == ("function_call", "weather", {"city": "Oslo"})
    with client.responses.stream(**asked) as stream:
        list(stream)
        assert stream.get_final_response().output[0].arguments == call.arguments
    server.answer = says("cold")
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "-5"}
    again = client.responses.create(
        model="big",
        tools=[TOOL],
        input=[*said, call.model_dump(include={"type", "call_id", "name", "arguments"}), output],
    )
    assert again.output_text == "cold"
    roles = [message["role"] for message in server.bodies[-1]["messages"]]
    assert roles == ["user", "assistant", "tool"]
    assert server.bodies[-1]["tools"] == [
        {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
    ]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id cannot be honoured"),
        ({"tools": [{"type": "web_search"}]}, "'web_search' cannot be honoured"),
        ({"input": [{"type": "reasoning"}]}, "'reasoning' cannot be honoured"),
        ({"input": [{"role": "user", "content": [{"type": "input_image"}]}]}, "only parts of text"),
    ],
)
def test_what_a_response_cannot_be_is_refused(embedded: Served, fields: dict[str, Any], why: str) -> None:
    with pytest.raises(openai.BadRequestError, match=why):
        embedded.client().responses.create(**{"model": "pocket", "input": QUESTION, **fields})


def test_embeddings_are_passed_on_and_paid(gateway: MakeGateway, server: Upstream) -> None:
    served = gateway()
    client = served.client()
    found = client.embeddings.create(model="big", input=["a", "b"], encoding_format="float")
    assert (found.data[0].embedding, found.model, found.usage.prompt_tokens) == ([0.5, 0.25], "big", 4)
    assert server.bodies == [{"model": "m", "input": ["a", "b"], "encoding_format": "float"}]
    assert 'outlay_paid_total{kind="prompt_tokens",model="big",strategy="none"} 4' in str(served.gateway.metrics)
    with pytest.raises(openai.BadRequestError, match="has no embeddings"):
        client.embeddings.create(model="pocket", input="a")
