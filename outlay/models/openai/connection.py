"""The way to an OpenAI-compatible server: what it answers, as the data of events."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

import aiohttp

from outlay.models.openai.body import Post
from outlay.models.openai.failures import ADVICE
from outlay.models.openai.server_sent_events import events
from outlay.models.openai.settings import OpenAISettings
from outlay.wire import connection as wire
from outlay.wire.connection import pieces
from outlay.wire.failures import AttemptFailedError

_NOT_A_STREAM = ("application/json", "text/html")
_WHOLE = "application/json"


class Connection(wire.Connection):
    """A connection whose replies are events."""

    def __init__(self, settings: OpenAISettings) -> None:
        super().__init__(settings, ADVICE, accept="text/event-stream")
        self._stream = settings.stream

    @asynccontextmanager
    async def events(self, post: Post, sent: Callable[[], None]) -> AsyncIterator[AsyncGenerator[str, None]]:
        """Make one attempt: the data of the reply's events. Leaving early closes the stream on the wire.

        A reply that comes whole counts as one event and the end. ``sent`` is called when the request goes out.

        Raises:
            AttemptFailedError: if another attempt may succeed.
            EndpointRefusedError: if none will.
        """
        async with self.post(post.path, post.body, sent) as response:
            self._check_kind(response.headers.get("content-type", ""))
            data = events(pieces(response)) if self._stream else _whole(response)
            async with aclosing(data) as found:
                yield found

    def _check_kind(self, kind: str) -> None:
        if self._stream and kind.startswith(_NOT_A_STREAM):
            raise AttemptFailedError(f"it answered with {kind} instead of a stream", malformed=True)
        if not self._stream and not kind.startswith(_WHOLE):
            raise AttemptFailedError(f"it answered with {kind} instead of {_WHOLE}", malformed=True)


async def _whole(response: aiohttp.ClientResponse) -> AsyncGenerator[str, None]:
    yield (await response.read()).decode("utf-8", "replace")
    yield "[DONE]"
