"""The way to a server: connections, a limit on requests at a time, and pauses between attempts."""

import json
import os
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp
import anyio
from anyio.lowlevel import current_token

from outlay.core.errors import InvalidInputError
from outlay.wire.endpoint import Endpoint
from outlay.wire.failures import LONGEST_WAIT, Advice, AttemptFailedError, Failures
from outlay.wire.session import Session

FIRST_WAIT = 0.5
"""Seconds before the second attempt, before jitter; doubled with each further one."""

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

    Args:
        endpoint: the server.
        advice: what to check when it refuses.
        accept: the kind of reply that is asked for.

    Attributes:
        sleep: waits some seconds; replaced in tests.
        retries: attempts that were made again.
    """

    def __init__(self, endpoint: Endpoint, advice: Advice, accept: str = "application/json") -> None:
        self.sleep: Callable[[float], Awaitable[None]] = anyio.sleep
        self.retries = 0
        self._endpoint = endpoint
        self._advice = advice
        self._accept = accept
        self._opened: _Opened | None = None
        # Jitter decides when an attempt is made, never what it asks: it needs no seed.
        self._random = random.Random()  # noqa: S311

    @property
    def failures(self) -> Failures:
        """Makes errors of what this server says."""
        return self._open().failures

    @asynccontextmanager
    async def post(
        self, path: str, body: Mapping[str, Any], sent: Callable[[], None]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Make one attempt: the response, with status 200. Leaving before its end closes it on the wire.

        ``sent`` is called when the request goes out.

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
                    f"{self._endpoint.base_url.rstrip('/')}/{path}",
                    data=json.dumps(body, separators=(",", ":")).encode(),
                    allow_redirects=False,
                ) as response:
                    if response.status != HTTPStatus.OK:
                        raise await self._refusal(response)
                    yield response
            except aiohttp.ClientError as error:
                lost = not isinstance(error, _UNREACHED)
                absent = isinstance(error, aiohttp.ClientConnectorError)
                raise AttemptFailedError(self._described(error), lost=lost, absent=absent) from error

    async def pause(self, failures: int, retry_after: float | None) -> None:
        """Wait before the next attempt: ever longer, with jitter, and no less than the server asked for."""
        self.retries += 1
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
            endpoint = self._endpoint
            key = _key(endpoint.api_key_variable)
            self._opened = _Opened(
                loop,
                Session(endpoint, key, self._accept),
                anyio.Semaphore(endpoint.max_concurrency),
                Failures(endpoint.host, endpoint.api_key_variable, key, self._advice),
            )
        return self._opened

    async def _refusal(self, response: aiohttp.ClientResponse) -> Exception:
        body = b""
        async with aclosing(pieces(response)) as read:
            async for piece in read:
                body += piece
                if len(body) > _LARGEST_REFUSAL:
                    break
        return self.failures.of_status(response.status, response.headers, body)

    def _described(self, error: aiohttp.ClientError) -> str:
        if isinstance(error, TimeoutError):
            return f"no sign of life for {self._endpoint.timeout_seconds:g} seconds ({type(error).__name__})"
        if isinstance(error, aiohttp.ClientConnectorError):
            return f"it cannot be reached: {error.os_error}"
        return f"{type(error).__name__}: {error}".rstrip(": ")


async def pieces(response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
    """The body of a response as it comes."""
    async for piece in response.content.iter_any():
        yield piece


def _current_loop() -> object:
    return current_token().native_token


def _key(variable: str) -> str:
    key = os.environ.get(variable, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise InvalidInputError(f"the key in the environment variable {variable} has characters that no key has")
    return key
