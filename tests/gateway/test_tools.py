"""Calls of tools are passed on, and voted on by name and arguments."""

import json
from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.gateway.tool_call_answer import ToolCallAnswer
from outlay.models.openai.tool_calls import ToolCall, read_calls, write_calls
from outlay.tasks.free_answer import FreeAnswer
from tests.gateway.conftest import MakeGateway
from tests.gateway.upstream import Upstream, calls, says

QUESTION: list[dict[str, Any]] = [{"role": "user", "content": "what is the weather in Oslo?"}]
WEATHER = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
OSLO, SAME, ROME = '{"city": "Oslo", "days": 1}', '{"days":1,"city":"Oslo"}', '{"city": "Rome", "days": 1}'


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("strategy", ["none", "self_consistency(n=3)"])
def test_calls_come_in_openais_shape(gateway: MakeGateway, server: Upstream, strategy: str, stream: bool) -> None:
    server.answer = calls(ROME, OSLO, SAME) if strategy != "none" else calls(OSLO)
    asked = {"model": f"big@{strategy}", "messages": QUESTION, "tools": [WEATHER], "tool_choice": "auto"}
    client = gateway().client().chat.completions
    if stream:
        deltas = [chunk.choices[0] for chunk in client.create(**asked, stream=True)]
        pieces = [call for one in deltas for call in one.delta.tool_calls or ()]
        name, reason = pieces[0].function.name, deltas[-1].finish_reason
        arguments = "".join(piece.function.arguments or "" for piece in pieces)
        assert {piece.index for piece in pieces} == {0}
        assert pieces[0].id
    else:
        choice = client.create(**asked).choices[0]
        (call,) = choice.message.tool_calls
        name, arguments, reason = call.function.name, call.function.arguments, choice.finish_reason
        assert (choice.message.content, call.type) == (None, "function")
        assert call.id
    assert (name, json.loads(arguments), reason) == ("weather", json.loads(OSLO), "tool_calls")
    assert all((body["tools"], body["tool_choice"]) == ([WEATHER], "auto") for body in server.bodies)


def test_the_vote_is_for_name_and_arguments(gateway: MakeGateway, server: Upstream) -> None:
    server.answer = calls(ROME, OSLO, SAME)
    found = (
        gateway()
        .client()
        .chat.completions.create(model="big@self_consistency(n=3)", messages=QUESTION, tools=[WEATHER])
    )
    assert found.model_extra["outlay"]["confidence"] == pytest.approx(2 / 3)


def test_what_came_of_a_call_goes_back(gateway: MakeGateway, server: Upstream) -> None:
    server.answer = says("answer: cold")
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": OSLO}}
    talk = [
        *QUESTION,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "-5"},
    ]
    client = gateway().client()
    for strategy in ("none", "self_consistency(n=2)"):
        client.chat.completions.create(model=f"big@{strategy}", messages=talk, tools=[WEATHER])
    assert all(body["messages"] == talk for body in server.bodies)
    with pytest.raises(openai.BadRequestError, match="knows no tools"):
        client.chat.completions.create(model="pocket", messages=talk)


def test_a_form_is_asked_of_every_sample(gateway: MakeGateway, server: Upstream) -> None:
    server.answer = says('{"answer": 7}', '{"answer": 8}', '{"answer": 7}')
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
    found = gateway().client().chat.completions.create(
        model="big@self_consistency(n=3)", messages=QUESTION, response_format=form,
        extra_body={"outlay": {"answer_rule": "field"}},
    )  # fmt: skip
    assert json.loads(found.choices[0].message.content) == {"answer": 7}
    assert all(body["response_format"] == form for body in server.bodies)


def test_strategies_that_go_by_steps_take_no_tools(gateway: MakeGateway) -> None:
    with pytest.raises(openai.BadRequestError, match="tools cannot be honoured: the strategy beam_search"):
        gateway().client().chat.completions.create(model="big@beam_search", messages=QUESTION, tools=[WEATHER])


CALLS = st.lists(st.builds(ToolCall, st.text(), st.text()), max_size=3)


@given(st.text(alphabet=st.characters(exclude_characters="\x1f", codec="utf-8")), CALLS)
def test_calls_survive_an_answers_text(said: str, asked: list[ToolCall]) -> None:
    assert read_calls(write_calls(said, asked)) == (said, tuple(asked))


@given(CALLS)
def test_the_order_of_calls_makes_no_answer_another(asked: list[ToolCall]) -> None:
    rule = ToolCallAnswer(FreeAnswer())
    one, other = rule.extract(write_calls("a", asked)), rule.extract(write_calls("a", asked[::-1]))
    assert (one is None) == (other is None)
    assert one is None or (other is not None and rule.equal(one, other))


@pytest.mark.parametrize("rest", ["", "{", "[1]", '["ab"]', "[[1, 2, 3]]", "[" * 5000])
def test_what_is_no_list_of_calls_is_none(rest: str) -> None:
    assert read_calls(f"said\x1ftool calls\x1f{rest}")[0] == "said"
