"""The contract of a tool: a function that a model may call in its text, with arguments that a schema checks.

Model output is untrusted: only a tool that the problem names is run, only with arguments that its schema allows, and
whatever goes wrong is a result that the model reads, never an error of the run.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import anyio.to_thread

from outlay.core.schema import check_schema, complaint


class ToolError(Exception):
    """Raised by a tool that cannot do what it was asked; the message is for the model."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that a model may call.

    Attributes:
        name: how it is called.
        description: what it does, for the model.
        parameters: a JSON schema of type ``object`` with one property for each argument.
        function: takes the arguments by name and returns the result as text. It runs in a thread.
    """

    name: str
    description: str
    parameters: Mapping[str, object]
    function: Callable[..., str] = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        check_schema(f"tool {self.name}", self.parameters)


@dataclass(frozen=True, slots=True)
class Call:
    """What a model wants run."""

    tool: str
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class MalformedCall:
    """Text that is meant as a call and is none."""

    complaint: str


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call came to.

    Attributes:
        text: the result, or what went wrong.
        failed: whether it went wrong.
    """

    text: str
    failed: bool = False


@runtime_checkable
class CallRule(Protocol):
    """How calls and results are written in text."""

    @property
    def stop(self) -> tuple[str, ...]:
        """Strings that may end a call, beside the step rule's separators."""
        ...

    def read(self, text: str) -> Call | MalformedCall | None:
        """The call at the end of a partial answer, if there is one."""
        ...

    def write(self, result: ToolResult) -> str:
        """The text that goes on after a call."""
        ...

    def agrees(self, claimed: str, result: ToolResult) -> bool:
        """Whether what a text claims to be a call's result says the same as the result."""
        ...


@dataclass(frozen=True, slots=True)
class JsonLines:
    """A call is a line such as ``{"tool": "add", "arguments": {"a": 1}}``; its result is an object on the next line."""

    stop: tuple[str, ...] = ("\n",)

    def read(self, text: str) -> Call | MalformedCall | None:
        """The call on the last line."""
        lines = text.splitlines()
        if not lines or not text.endswith("\n") or not lines[-1].lstrip().startswith("{"):
            return None
        try:
            found = json.loads(lines[-1])
        except (ValueError, RecursionError):
            return MalformedCall("the line is not JSON")
        if not isinstance(found.get("tool"), str) or not isinstance(found.get("arguments"), dict):
            return MalformedCall('a call reads {"tool": NAME, "arguments": {...}}')
        return Call(found["tool"], found["arguments"])

    def write(self, result: ToolResult) -> str:
        """The result as one line."""
        return json.dumps({"error" if result.failed else "result": result.text}, ensure_ascii=False) + "\n"

    def agrees(self, claimed: str, result: ToolResult) -> bool:
        """Whether a line is the result's, but for space around it."""
        return claimed.strip() == self.write(result).strip()


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The tools of a problem, and how they are called.

    Attributes:
        tools: each with a name of its own.
        rule: how calls and results are written.
    """

    tools: Sequence[Tool] = ()
    rule: CallRule = field(default_factory=JsonLines)

    @property
    def stop(self) -> tuple[str, ...]:
        """Strings that may end a call."""
        return self.rule.stop if self.tools else ()

    @property
    def instructions(self) -> str:
        """What a chat model must be told to use the tools by JSON lines, for a message of the problem."""
        listed = [
            json.dumps({"tool": one.name, "description": one.description, "parameters": one.parameters})
            for one in self.tools
        ]
        how = 'To use one, write a line of JSON: {"tool": NAME, "arguments": {...}}. Its result is the next line.'
        return "\n".join(["You have these tools:", *listed, how])

    def read(self, text: str) -> Call | MalformedCall | None:
        """The call at the end of a partial answer, if there is one."""
        return self.rule.read(text) if self.tools else None

    async def run(self, call: Call | MalformedCall) -> ToolResult:
        """What a call comes to. It never raises: a failure is a result."""
        if isinstance(call, MalformedCall):
            return ToolResult(call.complaint, failed=True)
        tool = next((one for one in self.tools if one.name == call.tool), None)
        if tool is None:
            return ToolResult(
                f"no tool {call.tool}; there are {', '.join(one.name for one in self.tools)}", failed=True
            )
        wrong = complaint(call.arguments, tool.parameters)
        if wrong is not None:
            return ToolResult(wrong, failed=True)
        try:
            # A deadline must not wait for a tool that hangs.
            text = await anyio.to_thread.run_sync(lambda: tool.function(**call.arguments), abandon_on_cancel=True)
        except Exception as error:  # noqa: BLE001 (whatever a tool raises is for the model to read)
            return ToolResult(str(error) or type(error).__name__, failed=True)
        return ToolResult(text)
