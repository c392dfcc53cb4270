"""A real HTTP/1.1 server on loopback that answers as told: well, badly, in part or not at all."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import anyio
from anyio.abc import SocketAttribute, SocketStream, TaskGroup
from anyio.streams.buffered import BufferedByteReceiveStream

STREAM = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


@dataclass
class Exchange:
    """One request as it was received, and the means to answer it."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    wire: SocketStream
    server: "MisbehavingServer" = field(repr=False)

    async def send(self, text: str | bytes) -> None:
        await self.wire.send(text.encode() if isinstance(text, str) else text)

    async def start(self) -> None:
        await self.send(STREAM)

    async def event(self, value: object) -> None:
        await self.send(f"data: {value if isinstance(value, str) else json.dumps(value)}\n\n")

    async def until_client_leaves(self) -> None:
        try:
            while True:
                await self.wire.receive()
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            self.server.left += 1
            self.server.client_left.set()


Reply = Callable[[Exchange], Awaitable[None]]


@dataclass
class MisbehavingServer:
    """Answers the k-th request with the k-th reply, and further ones with ``otherwise``."""

    replies: list[Reply] = field(default_factory=list)
    otherwise: Reply | None = None
    exchanges: list[Exchange] = field(default_factory=list)
    left: int = 0
    open: int = 0
    most_open: int = 0
    url: str = ""
    client_left: anyio.Event = field(default_factory=anyio.Event)

    async def serve(self, group: TaskGroup) -> None:
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
        self.url = f"http://127.0.0.1:{listener.extra(SocketAttribute.local_port)}/v1"  # noqa: S610 (not Django)

        async def listen() -> None:
            async with listener:
                await listener.serve(self._handle)

        group.start_soon(listen)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [exchange.body for exchange in self.exchanges]

    async def _handle(self, wire: SocketStream) -> None:
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            async with wire:
                await self._answer(wire)
        except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.IncompleteRead):
            pass
        finally:
            self.open -= 1

    async def _answer(self, wire: SocketStream) -> None:
        source = BufferedByteReceiveStream(wire)
        head = (await source.receive_until(b"\r\n\r\n", 65536)).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) if "authorization" not in line.lower() else line.split(": ", 1)
                       for line in head[1:])  # fmt: skip
        headers = {name.lower(): value for name, value in headers.items()}
        body = json.loads(await source.receive_exactly(int(headers["content-length"])))
        exchange = Exchange(head[0].split()[1], headers, body, wire, self)
        number = len(self.exchanges)
        self.exchanges.append(exchange)
        reply = self.replies[number] if number < len(self.replies) else self.otherwise
        assert reply is not None, f"request {number} was not expected: {body}"
        await reply(exchange)


def delta(index: int = 0, text: str = "", finish: str | None = None, **more: object) -> dict[str, Any]:
    """A chat chunk; further fields belong to the choice."""
    choice = {"index": index, "delta": {"content": text}, "finish_reason": finish, **more}
    return {"object": "chat.completion.chunk", "choices": [choice]}


def piece(index: int = 0, text: str = "", finish: str | None = None, **more: object) -> dict[str, Any]:
    """A chunk of the completions endpoint."""
    return {
        "object": "text_completion",
        "choices": [{"index": index, "text": text, "finish_reason": finish, **more}],
    }


def usage(prompt: int, completion: int, cached: int | None = None) -> dict[str, Any]:
    counts: dict[str, Any] = {"prompt_tokens": prompt, "completion_tokens": completion}
    if cached is not None:
        counts["prompt_tokens_details"] = {"cached_tokens": cached}
    return {"choices": [], "usage": counts}


def stream(*values: object, done: bool = True) -> Reply:
    """A stream of events; without ``done`` it breaks off after them."""

    async def reply(exchange: Exchange) -> None:
        await exchange.start()
        for value in values:
            await exchange.event(value)
        if done:
            await exchange.event("[DONE]")

    return reply


def stall(*values: object) -> Reply:
    """A stream that stands still after some events, until the client leaves."""

    async def reply(exchange: Exchange) -> None:
        if values:
            await exchange.start()
        for value in values:
            await exchange.event(value)
        await exchange.until_client_leaves()

    return reply


def status(code: int, message: object = "no", **headers: str) -> Reply:
    """An error reply in OpenAI's shape."""
    body = json.dumps({"error": {"message": message}} if isinstance(message, str) else message)
    extra = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {code} X\r\ncontent-type: application/json\r\nconnection: close\r\n{extra}"
    return raw(f"{head}content-length: {len(body)}\r\n\r\n{body}")


def raw(text: str | bytes) -> Reply:
    """Bytes as they are; no bytes close the connection without a word."""

    async def reply(exchange: Exchange) -> None:
        if text:
            await exchange.send(text)

    return reply


def good(text: str = "answer:1", prompt: int = 20, completion: int = 3) -> Reply:
    """One choice, well answered."""
    return stream(delta(0, text, "stop"), usage(prompt, completion))


def good_for_n(exchange: Exchange) -> Awaitable[None]:
    """As many choices as were asked for, each naming its seed."""
    count, seed = exchange.body.get("n", 1), exchange.body["seed"]
    choices = [delta(i, f"seed {seed} choice {i}", "stop") for i in range(count)]
    return stream(*choices, usage(20, 5 * count))(exchange)
