"""One path of the API as an ASGI application: who asks, what is sent back, and what is said of it in the log."""

import json
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from outlay.core.cost import Cost
from outlay.gateway.beside import beside
from outlay.gateway.configuration import is_loopback
from outlay.gateway.errors import RefusedError, refusal_of
from outlay.gateway.event_stream import EventStream
from outlay.gateway.gateway import Gateway
from outlay.gateway.keys import ANONYMOUS, Key
from outlay.gateway.keys import Scope as KeyScope

LOG = logging.getLogger("outlay.gateway")
LEFT = 499
"""The status that the log gives a request whose client left."""


class Exchange:
    """One request and its reply.

    Attributes:
        gateway: who answers.
        request: what came in.
        trace: its id, in the reply's headers and in the log.
        key: who asks.
        headers: of the reply.
        body: of the request, read as JSON; None where it has none.
        log: what is said of it in the log, beside the usual.
    """

    def __init__(self, gateway: Gateway, request: Request, send: Send) -> None:
        self.gateway = gateway
        self.request = request
        self.trace = secrets.token_hex(12)
        self.key: Key = ANONYMOUS
        self.headers = {"x-request-id": self.trace}
        self.body: Any = None
        self.log: dict[str, Any] = {}
        self.status = 0
        self.stream: EventStream | None = None
        self._send = send

    async def read(self) -> None:
        """Read the request's body, as JSON.

        Raises:
            RefusedError: if it is too long or no JSON.
        """
        most = self.gateway.configuration.limits.body_bytes
        found = bytearray()
        async for piece in self.request.stream():
            found += piece
            if len(found) > most:
                raise RefusedError(413, f"a request has {most} bytes at most", code="request_too_large")
        try:
            self.body = json.loads(bytes(found))
        except (ValueError, RecursionError):
            raise RefusedError(400, "the body is not valid JSON", code="invalid_json") from None

    async def reply(
        self, value: Mapping[str, object], status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a reply that comes whole."""
        body = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        await self.write(body, "application/json", status, headers)

    async def write(self, body: bytes, kind: str, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """Send some bytes."""
        sent = {**self.headers, **(headers or {}), "content-type": kind, "content-length": str(len(body))}
        raw = [(name.encode(), value.encode("latin-1", "replace")) for name, value in sent.items()]
        self.status = status
        await self._send({"type": "http.response.start", "status": status, "headers": raw})
        await self._send({"type": "http.response.body", "body": body})

    def events(self) -> EventStream:
        """Reply by a stream of events."""
        self.stream = EventStream(self._send, self.headers, self.gateway.configuration.keep_alive_seconds)
        self.status = 200
        return self.stream

    async def refuse(self, error: BaseException) -> None:
        """Send an error; as an event where the stream has begun."""
        refused = refusal_of(error)
        self.log["error"] = f"{type(error).__name__}: {error}" if not isinstance(error, RefusedError) else str(error)
        if self.stream is not None and self.stream.begun:
            self.status = refused.status
            await self.stream.event(refused.as_dict())
            await self.stream.end(done=False)
        else:
            await self.reply(refused.as_dict(), refused.status, refused.headers)

    def paid(self, model: str, strategy: str, cost: Cost) -> None:
        """Count what the request was charged."""
        self.gateway.metrics.spent(model, strategy, cost)
        self.log |= {"model": model, "strategy": strategy, "tokens": cost.tokens, "dollars": cost.dollars}


class Endpoint:
    """One path.

    Args:
        gateway: who answers.
        handle: works out the reply.
        scope: what a key has to be for; None where none is needed.
        quiet: whether the log says nothing of requests that go well.
    """

    def __init__(
        self,
        gateway: Gateway,
        handle: Callable[[Exchange], Awaitable[None]],
        scope: KeyScope | None = KeyScope.INFERENCE,
        quiet: bool = False,
    ) -> None:
        self._gateway = gateway
        self._handle = handle
        self._scope = scope
        self._quiet = quiet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; leaves when the client does."""
        began = time.monotonic()
        exchange = Exchange(self._gateway, Request(scope, receive), send)
        try:
            if self._scope is not None:
                exchange.key = self._gateway.caller(_secret(exchange.request), self._scope)
                if exchange.key is ANONYMOUS:
                    refuse_strangers(exchange.request)
            if exchange.request.method == "POST":
                await exchange.read()
            await _while_connected(receive, lambda: self._handle(exchange))
        except ClientDisconnect:
            exchange.status = LEFT
        except Exception as error:
            if refusal_of(error).status == 500:
                LOG.exception("failed", extra={"fields": {"trace": exchange.trace}})
            await exchange.refuse(error)
        except anyio.get_cancelled_exc_class():
            exchange.status = LEFT
            raise
        finally:
            self._tell(exchange, scope["path"], time.monotonic() - began)

    def _tell(self, exchange: Exchange, path: str, seconds: float) -> None:
        self._gateway.metrics.ended(path, exchange.status, seconds)
        if self._quiet and exchange.status == 200:
            return
        fields = {
            "trace": exchange.trace,
            "method": exchange.request.method,
            "path": path,
            "status": exchange.status,
            "seconds": round(seconds, 4),
            "key": exchange.key.id,
            **exchange.log,
        }
        LOG.info("request", extra={"fields": fields})


async def _while_connected(receive: Receive, work: Callable[[], Awaitable[None]]) -> None:
    """Work until it is done or the client leaves, which cancels it; the request's body has been read.

    Raises:
        ClientDisconnect: if the client left.
    """
    done = False
    with anyio.CancelScope() as scope:

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            scope.cancel()

        async def to_the_end() -> None:
            nonlocal done
            await work()
            done = True

        await beside(watch, to_the_end)
    # A reply that is complete looks to the server like a client that has left.
    if not done:
        raise ClientDisconnect


def refuse_strangers(request: Request) -> None:
    """Refuse what a web page from elsewhere asks of a gateway without keys, through a browser on its machine.

    Raises:
        RefusedError: if the request is for another host's name, or comes from another host's page.
    """
    places = [f"//{request.headers.get('host', '')}", request.headers.get("origin", "//localhost")]
    try:
        near = all(is_loopback(urlsplit(place).hostname or "") for place in places)
    except ValueError:
        near = False
    if not near:
        raise RefusedError(403, "without a key this gateway answers its own machine alone", "permission_error", "host")


def _secret(request: Request) -> str:
    """The key that a request sends, as OpenAI's clients do or as Azure's do."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else request.headers.get("api-key", "")
