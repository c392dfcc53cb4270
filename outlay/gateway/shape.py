"""In which words a reply is told: chat completions, or what another path of the API makes of them."""

from collections.abc import Iterator
from typing import Any, Protocol

Event = tuple[str, dict[str, Any]]
"""An event's name, empty where it has none, and its data."""


class Shape(Protocol):
    """Says a chat completion in the words of one path. One for each request, as it may remember what it has said."""

    @property
    def done(self) -> bool:
        """Whether a stream ends with ``[DONE]``."""
        ...

    def whole(self, completion: dict[str, Any]) -> dict[str, Any]:
        """A reply that comes whole."""
        ...

    def events(self, chunk: dict[str, Any]) -> Iterator[Event]:
        """What a stream says for one chunk."""
        ...

    def end(self) -> Iterator[Event]:
        """What it says last."""
        ...


class ChatShape:
    """Chat completions as they are."""

    done = True

    def whole(self, completion: dict[str, Any]) -> dict[str, Any]:
        """The completion."""
        return completion

    def events(self, chunk: dict[str, Any]) -> Iterator[Event]:
        """The chunk."""
        yield "", chunk

    def end(self) -> Iterator[Event]:
        """Nothing."""
        yield from ()
