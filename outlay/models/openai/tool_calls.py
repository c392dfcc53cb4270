"""Tools that a model wants called, as part of an answer's text, so that strategies carry them like any other answer."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

MARK = "\x1ftool calls\x1f"
"""Stands before the calls in a text; no model writes control characters by itself."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that a model asks for.

    Attributes:
        name: of the function.
        arguments: as the model wrote them, usually JSON.
    """

    name: str
    arguments: str

    @property
    def key(self) -> str:
        """What two calls have in common if they ask for the same: the name, and arguments but for order and spaces."""
        return json.dumps([self.name, _plain(self.arguments)], sort_keys=True, ensure_ascii=False)


@dataclass(slots=True)
class CallsRead:
    """Calls as a stream brings them: each in pieces, told apart by their index."""

    pieces: dict[int, tuple[str, str]] = field(default_factory=dict)

    def add(self, given: Iterable[Mapping[str, Any]]) -> None:
        """Take the pieces of one event."""
        for one in given:
            function = one.get("function")
            if not isinstance(function, Mapping):
                continue
            index = one.get("index")
            place = index if isinstance(index, int) else 0
            name, arguments = self.pieces.get(place, ("", ""))
            more = [str(function.get(part) or "") for part in ("name", "arguments")]
            self.pieces[place] = (name + more[0], arguments + more[1])

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The calls so far, in the order of their index."""
        return tuple(ToolCall(*self.pieces[index]) for index in sorted(self.pieces))


def write_calls(text: str, calls: Iterable[ToolCall]) -> str:
    """The text of an answer with the calls after it."""
    listed = [[call.name, call.arguments] for call in calls]
    return f"{text}{MARK}{json.dumps(listed, ensure_ascii=False)}" if listed else text


def read_calls(text: str) -> tuple[str, tuple[ToolCall, ...]]:
    """What a text says, and the calls after it; none where what stands there are no calls."""
    said, mark, rest = text.partition(MARK)
    if not mark:
        return text, ()
    try:
        listed = json.loads(rest)
        return said, tuple(ToolCall(str(name), str(arguments)) for name, arguments in listed)
    except (ValueError, TypeError, RecursionError):
        return said, ()


def _plain(arguments: str) -> object:
    try:
        return json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments.strip()
