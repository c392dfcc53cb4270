"""An HTTP session that belongs to one event loop and is closed with it."""

import ssl
import urllib.request
from collections.abc import AsyncGenerator

import aiohttp
import truststore
from yarl import URL

from outlay.wire.endpoint import Endpoint


class Session:
    """A pool of connections to one server, made at the first use.

    It lives in an asynchronous generator: whoever forgets to close it has it closed by the event loop's end, as the
    loop ends all its generators.
    """

    def __init__(self, endpoint: Endpoint, key: str, accept: str) -> None:
        self._endpoint = endpoint
        self._key = key
        self._accept = accept
        self._held = self._hold()
        self._session: aiohttp.ClientSession | None = None

    async def get(self) -> aiohttp.ClientSession:
        """The session."""
        if self._session is None:
            self._session = await anext(self._held)
        return self._session

    async def aclose(self) -> None:
        """Close all connections."""
        await self._held.aclose()

    async def _hold(self) -> AsyncGenerator[aiohttp.ClientSession, None]:
        base = URL(self._endpoint.base_url)
        seconds = self._endpoint.timeout_seconds
        headers = {
            "accept": self._accept,
            "accept-encoding": "identity",
            "content-type": "application/json",
        }
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        # Reading the certificates takes longer than all the rest. Plain HTTP needs none: redirects are not followed.
        tls = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if base.scheme == "https" else True
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=tls),
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=seconds, sock_read=seconds),
            cookie_jar=aiohttp.DummyCookieJar(),
            proxy=_proxy(base),
        ) as session:
            yield session


def _proxy(url: URL) -> str | None:
    """The proxy that the environment names for a server, looked up once instead of with each request."""
    if url.host is None or urllib.request.proxy_bypass(url.host):
        return None
    named = urllib.request.getproxies()
    return named.get(url.scheme) or named.get("all")
