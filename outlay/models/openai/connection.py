"""The way to a server: connections, a limit on requests at a time, and pauses between attempts."""

import json
import os
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp
import anyio
from anyio.lowlevel import current_token

from outlay.core.errors import InvalidInputError
from outlay.models.openai.body import Post
from outlay.models.openai.failures import LONGEST_WAIT, AttemptFailedError, Failures
from outlay.models.openai.server_sent_events import events
from outlay.models.openai.session import Session
from outlay.models.openai.settings import OpenAISettings

FIRST_WAIT = 0.5
"""Seconds before the second attempt, before jitter; doubled with each further one."""

_NOT_A_STREAM = ("application/json", "text/html")
_WHOLE = "application/json"

_UNREACHED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
"""What happens to a request that never arrived."""

_LARGEST_REFUSAL = 64 * 1024
"""Bytes of an error's body that are read."""


@dataclass(frozen=True, slots=True)
class _Opened:
    loop: object
    session: Session
    permits: anyio.Semaphore
    failures: Failures


class Connection:
    """Opened at the first request and again in each new event loop; one event loop may use it at a time.

    Attributes:
        sleep: waits some seconds; replaced in tests.
    """

    def __init__(self, settings: OpenAISettings) -> None:
        self.sleep: Callable[[float], Awaitable[None]] = anyio.sleep
        self._settings = settings
        self._opened: _Opened | None = None
        # Jitter decides when an attempt is made, never what it asks: it needs no seed.
        self._random = random.Random()  # noqa: S311

    @property
    def failures(self) -> Failures:
        """Makes errors of what this server says."""
        return self._open().failures

    @asynccontextmanager
    async def events(self, post: Post, sent: Callable[[], None]) -> AsyncIterator[AsyncGenerator[str, None]]:
        """Make one attempt: the data of the reply's events. Leaving early closes the stream on the wire.

        A reply that comes whole counts as one event and the end. ``sent`` is called when the request goes out.

        Raises:
            AttemptFailedError: if another attempt may succeed.
            EndpointRefusedError: if none will.
        """
        opened = self._open()
        async with opened.permits:
            session = await opened.session.get()
            try:
                sent()
                async with session.post(
                    f"{self._settings.base_url.rstrip('/')}/{post.path}",
                    data=json.dumps(post.body, separators=(",", ":")).encode(),
                    allow_redirects=False,
                ) as response:
                    await self._check(response)
                    data = events(_pieces(response)) if self._settings.stream else _whole(response)
                    async with aclosing(data) as found:
                        yield found
            except aiohttp.ClientError as error:
                unreached = isinstance(error, _UNREACHED)
                raise AttemptFailedError(self._described(error), lost=not unreached) from error

    async def pause(self, failures: int, retry_after: float | None) -> None:
        """Wait before the next attempt: ever longer, with jitter, and no less than the server asked for."""
        longest = min(FIRST_WAIT * 2 ** (failures - 1), LONGEST_WAIT)
        await self.sleep(max(longest * self._random.uniform(0.5, 1.0), retry_after or 0.0))

    async def aclose(self) -> None:
        """Close the connections; the next request opens new ones."""
        opened, self._opened = self._opened, None
        if opened is not None and opened.loop is _current_loop():
            await opened.session.aclose()

    def _open(self) -> _Opened:
        loop = _current_loop()
        if self._opened is None or self._opened.loop is not loop:
            settings = self._settings
            key = _key(settings.api_key_variable)
            self._opened = _Opened(
                loop,
                Session(settings, key),
                anyio.Semaphore(settings.max_concurrency),
                Failures(settings.host, settings.api_key_variable, key),
            )
        return self._opened

    async def _check(self, response: aiohttp.ClientResponse) -> None:
        if response.status == HTTPStatus.OK:
            kind = response.headers.get("content-type", "")
            if self._settings.stream and kind.startswith(_NOT_A_STREAM):
                raise AttemptFailedError(f"it answered with {kind} instead of a stream", malformed=True)
            if not self._settings.stream and not kind.startswith(_WHOLE):
                raise AttemptFailedError(f"it answered with {kind} instead of {_WHOLE}", malformed=True)
            return
        body = b""
        async with aclosing(_pieces(response)) as pieces:
            async for piece in pieces:
                body += piece
                if len(body) > _LARGEST_REFUSAL:
                    break
        raise self.failures.of_status(response.status, response.headers, body)

    def _described(self, error: aiohttp.ClientError) -> str:
        if isinstance(error, TimeoutError):
            return f"no sign of life for {self._settings.timeout_seconds:g} seconds ({type(error).__name__})"
        if isinstance(error, aiohttp.ClientConnectorError):
            return f"it cannot be reached: {error.os_error}"
        return f"{type(error).__name__}: {error}".rstrip(": ")


async def _pieces(response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
    async for piece in response.content.iter_any():
        yield piece


async def _whole(response: aiohttp.ClientResponse) -> AsyncGenerator[str, None]:
    yield (await response.read()).decode("utf-8", "replace")
    yield "[DONE]"


def _current_loop() -> object:
    return current_token().native_token


def _key(variable: str) -> str:
    key = os.environ.get(variable, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise InvalidInputError(f"the key in the environment variable {variable} has characters that no key has")
    return key
