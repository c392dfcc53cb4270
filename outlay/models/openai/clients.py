"""HTTP clients, one for each request on the wire."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from outlay.models.openai.settings import OpenAISettings


class Clients:
    """Lends a client for one request at a time; those that were used last go first, while their connection is warm.

    A common client would do, but its pool looks at all connections whenever a request begins or ends, so that n
    requests at a time cost n times n looks: with 64 of them about as much as everything else together.
    """

    def __init__(self, settings: OpenAISettings, key: str) -> None:
        self._settings = settings
        self._headers = {"accept": "text/event-stream", "accept-encoding": "identity"}
        if key:
            self._headers["authorization"] = f"Bearer {key}"
        # Reading the certificates takes longer than all the rest. Plain HTTP needs none: redirects are not followed.
        secure = httpx2.URL(settings.base_url).scheme == "https"
        self._tls = httpx2.create_ssl_context() if secure else False
        self._made: list[httpx2.AsyncClient] = []
        self._idle: list[httpx2.AsyncClient] = []

    @contextmanager
    def lent(self) -> Iterator[httpx2.AsyncClient]:
        """A client that nobody else uses meanwhile."""
        client = self._idle.pop() if self._idle else self._make()
        try:
            yield client
        finally:
            self._idle.append(client)

    async def aclose(self) -> None:
        """Close all connections."""
        for client in self._made:
            await client.aclose()

    def _make(self) -> httpx2.AsyncClient:
        client = httpx2.AsyncClient(
            base_url=self._settings.base_url.rstrip("/") + "/",
            headers=self._headers,
            timeout=httpx2.Timeout(self._settings.timeout_seconds),
            # No limit: a cancelled request could hold the only place in the pool for a moment longer than the client.
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=1),
            verify=self._tls,
        )
        self._made.append(client)
        return client
