"""Server-sent events, as far as OpenAI-compatible servers use them: the data of each event, in order.

The decoder reads bytes instead of wrapping a client's line iterator, so that one ``aclosing`` closes the
whole chain down to the socket, at a known moment and in the task that opened it.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

import codecs
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from outlay.wire.failures import AttemptFailedError

LARGEST_EVENT = 4 * 1024 * 1024
"""Characters of one unfinished event; a server that sends more without an end is not speaking this protocol."""


class EventDecoder:
    """Bytes in, in pieces of any size; the data of finished events out."""

    def __init__(self) -> None:
        self._characters = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending: list[str] = []
        self._size = 0
        self._data: list[str] = []

    def feed(self, piece: bytes) -> Iterator[str]:
        """The data of every event that this piece completes.

        Raises:
            AttemptFailedError: if one event grows beyond ``LARGEST_EVENT``.
        """
        text = self._characters.decode(piece)
        head, newline, tail = text.rpartition("\n")
        self._size += len(head)
        if newline:
            whole = "".join((*self._pending, head))
            self._pending = []
            # The standard also ends lines at a lone carriage return, which no server sends.
            for line in whole.split("\n"):
                yield from self._line(line.removesuffix("\r"))
        self._pending.append(tail)
        self._size += len(tail)
        if self._size > LARGEST_EVENT:
            raise AttemptFailedError(f"an event of the stream is over {LARGEST_EVENT} characters long", malformed=True)

    def _line(self, line: str) -> Iterator[str]:
        name, _, value = line.partition(":")
        if not line:
            if self._data:
                yield "\n".join(self._data)
            self._data = []
            self._size = 0
        elif name == "data":
            self._data.append(value.removeprefix(" "))


async def events(pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[str, None]:
    """The data of each event in a stream of bytes; an event that the stream's end cuts off is dropped."""
    decoder = EventDecoder()
    async with aclosing(pieces):
        async for piece in pieces:
            for data in decoder.feed(piece):
                yield data
