"""Only named tools run, only with arguments that their schema allows, and whatever goes wrong is a result."""

import json
from typing import Any

import pytest

from outlay.core.errors import InvalidSettingError
from outlay.core.schema import complaint
from outlay.core.tool import Call, JsonLines, MalformedCall, Tool, Toolbox, ToolError, ToolResult

pytestmark = pytest.mark.anyio

ADD = {
    "type": "object",
    "properties": {
        "first": {"type": "integer", "minimum": 0, "maximum": 9},
        "words": {"type": "array", "items": {"type": "string", "pattern": "^[a-z]+$"}, "maxItems": 2},
        "mode": {"enum": ["fast", "slow"]},
    },
    "required": ["first"],
}


def tool(name: str = "add", schema: dict[str, Any] | None = None) -> tuple[Tool, list[dict[str, Any]]]:
    calls: list[dict[str, Any]] = []

    def function(**arguments: Any) -> str:
        calls.append(arguments)
        if arguments.get("first") == 9:
            raise ToolError("nine is too much")
        return str(arguments)

    return Tool(name, "adds", schema or ADD, function), calls


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ({"first": 1}, None),
        ({"first": 1, "words": ["a", "b"], "mode": "slow"}, None),
        ({}, "lacks first"),
        ({"first": "1"}, "first must be of type integer"),
        ({"first": True}, "first must be of type integer"),
        ({"first": 1.5}, "first must be of type integer"),
        ({"first": -1}, "0 or above"),
        ({"first": 10}, "9 or below"),
        ({"first": 1, "second": 2}, "has no second"),
        ({"first": 1, "words": ["A"]}, r"words\[0\] must match"),
        ({"first": 1, "words": ["a", "b", "c"]}, "3 items"),
        ({"first": 1, "mode": "odd"}, "one of fast, slow"),
    ],
)
async def test_arguments_are_checked_before_anything_runs(arguments: dict[str, Any], wrong: str | None) -> None:
    add, calls = tool()
    result = await Toolbox((add,)).run(Call("add", arguments))
    assert result.failed == (wrong is not None)
    assert calls == ([] if wrong else [arguments])
    if wrong:
        with pytest.raises(AssertionError, match=wrong):
            raise AssertionError(result.text)


async def test_an_unknown_tool_is_never_run() -> None:
    add, calls = tool()
    result = await Toolbox((add,)).run(Call("__import__", {"first": 1}))
    assert result == ToolResult("no tool __import__; there are add", failed=True)
    assert calls == []


async def test_whatever_a_tool_raises_is_a_result() -> None:
    add, _ = tool()
    assert await Toolbox((add,)).run(Call("add", {"first": 9})) == ToolResult("nine is too much", failed=True)
    broken = Tool("broken", "", {"type": "object"}, lambda: str(1 // 0))
    assert (await Toolbox((broken,)).run(Call("broken", {}))).failed


@pytest.mark.parametrize(
    "schema", [{"oneOf": []}, {"properties": {"a": {"type": "set"}}}, {"items": {"format": "date"}}]
)
def test_a_schema_that_could_not_be_checked_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(InvalidSettingError, match="tool add"):
        tool(schema=schema)


def test_not_a_number_is_no_number() -> None:
    assert complaint(float("nan"), {"type": "number"}) == "arguments must be of type number"
    assert complaint(2, {"type": "number"}) is None


def test_a_line_of_json_is_a_call() -> None:
    rule = JsonLines()
    line = json.dumps({"tool": "add", "arguments": {"first": 1}})
    assert rule.read(f"let me see\n{line}\n") == Call("add", {"first": 1})
    assert rule.read(f"{line}\nso it is\n") is None
    assert rule.read("answer:1") is None
    for malformed in ("{", '{"tool": 1, "arguments": {}}', '{"tool": "add"}', '{"tool": "add", "arguments": []}'):
        assert isinstance(rule.read(malformed + "\n"), MalformedCall)
    assert rule.write(ToolResult("a\nb")) == '{"result": "a\\nb"}\n'
    assert rule.write(ToolResult("no", failed=True)) == '{"error": "no"}\n'


async def test_a_malformed_call_is_a_result_that_failed() -> None:
    add, calls = tool()
    assert await Toolbox((add,)).run(MalformedCall("the line is not JSON")) == ToolResult("the line is not JSON", True)
    assert calls == []


def test_without_tools_nothing_is_a_call() -> None:
    empty = Toolbox()
    assert empty.stop == ()
    assert empty.read('{"tool": "add", "arguments": {}}\n') is None


def test_instructions_name_every_tool() -> None:
    add, _ = tool()
    told = Toolbox((add,)).instructions
    assert '"tool": "add"' in told
    assert '"maximum": 9' in told
