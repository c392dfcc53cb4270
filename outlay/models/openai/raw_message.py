"""A message that holds more than a role and a text: a call of a tool, what came of it, parts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from outlay.core.problem import Message


@dataclass(frozen=True, slots=True)
class RawMessage(Message):
    """A message of OpenAI's protocol, which goes to the server as it came. Whoever else reads it sees its text.

    Attributes:
        raw: the whole message.
    """

    raw: Mapping[str, Any] = field(default_factory=dict, hash=False)


def on_the_wire(message: Message) -> dict[str, Any]:
    """A message as a server is sent it."""
    if isinstance(message, RawMessage):
        return dict(message.raw)
    return {"role": message.role, "content": message.content}


def counted(message: Message) -> str:
    """All text of a message that may become tokens."""
    return json.dumps(message.raw) if isinstance(message, RawMessage) else message.content
