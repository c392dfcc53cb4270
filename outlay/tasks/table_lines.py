"""Calls of a table's tools in words that the pocket models know: ``lookup gear price=`` is a call, ``9`` its result."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from outlay.core.tool import Call, MalformedCall, ToolResult

_WHOLE = re.compile(r"-?[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class LineCalls:
    """A call is a tool's name and its arguments, up to an equals sign; its result is the rest of the line.

    Attributes:
        arguments: the names of each tool's arguments, in order.
    """

    arguments: Mapping[str, Sequence[str]] = field(repr=False)
    stop: tuple[str, ...] = ("=",)

    def read(self, text: str) -> Call | MalformedCall | None:
        """The call at the end of the last line."""
        line = text.rpartition("\n")[2]
        if not line.endswith("="):
            return None
        tool, *given = line[:-1].split() or [""]
        names = self.arguments.get(tool)
        if names is None or len(given) != len(names):
            return MalformedCall(
                f"a call is a tool's name and its arguments; the tools are {', '.join(self.arguments)}"
            )
        return Call(tool, {name: _value(word) for name, word in zip(names, given, strict=True)})

    def call(self, tool: str, arguments: Mapping[str, object]) -> str:
        """A call as it is written."""
        return " ".join([tool, *map(str, arguments.values())]) + "="

    def write(self, result: ToolResult) -> str:
        """The rest of the line."""
        return "error\n" if result.failed else f"{result.text}\n"

    def agrees(self, claimed: str, result: ToolResult) -> bool:
        """Whether the rest of a line is the result, but for space around it."""
        return claimed.strip() == self.write(result).strip()


def _value(word: str) -> str | int:
    return int(word) if _WHOLE.fullmatch(word) else word
