"""The server: OpenAI's chat endpoint on loopback with stated latency, on nothing but the standard library.

Beside it, ``POST /begin`` forgets what was asked for, and ``GET /calls`` tells it.
"""

import argparse
import asyncio
import json
from dataclasses import asdict
from functools import partial
from typing import Any

from benchmarks.orchestration import asked
from benchmarks.orchestration.asked import Asked
from benchmarks.orchestration.latency import Latency
from benchmarks.orchestration.writing import Sample, Writer

PROMPT_TOKENS = 32


class Connection(asyncio.Protocol):
    """One client's connection, kept open from request to request."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._received = b""
        self._samples: list[Sample] = []
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to send."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 (what a TCP server always hands over)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop what nobody waits for."""
        for sample in self._samples:
            self._writer.abandon(sample)

    def data_received(self, data: bytes) -> None:
        """Collect a whole request, then answer it."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end].decode("latin-1").split("\r\n")
            length = next((int(line[15:]) for line in head if line.lower().startswith("content-length:")), 0)
            body = self._received[end + 4 : end + 4 + length]
            if len(body) < length:
                return
            self._received = self._received[end + 4 + length :]
            self._answer(head[0].split()[1], body)

    def _answer(self, path: str, body: bytes) -> None:
        if path.endswith("/chat/completions"):
            self._complete(asked.read(json.loads(body)))
        elif path == "/begin":
            self._writer.forget()
            self._send_json({})
        elif path == "/calls":
            self._send_json({"calls": [asdict(call) for call in self._writer.calls]})
        else:
            self._send_json({"error": {"message": f"there is no {path}"}}, "404 Not Found")

    def _complete(self, wanted: Asked) -> None:
        self._writer.requests += 1
        reply = Streamed(wanted, self._transport) if wanted.stream else Whole(wanted, self._send_json)
        self._samples = [
            self._writer.write(wanted, self._writer.requests, partial(reply.progress, index))
            for index in range(wanted.samples)
        ]

    def _send_json(self, value: object, status: str = "200 OK") -> None:
        body = json.dumps(value).encode()
        head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


class Streamed:
    """An answer as server-sent events: one for each token, as servers do."""

    def __init__(self, wanted: Asked, transport: asyncio.Transport) -> None:
        self._wanted = wanted
        self._transport = transport
        self._left = wanted.samples
        self._tokens = 0
        transport.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")

    def progress(self, index: int, sample: Sample, text: str, last: bool) -> None:
        """Send the new text of one sample."""
        choice: dict[str, Any] = {"index": index, "delta": {"content": text}, "logprobs": None, "finish_reason": None}
        if last:
            choice |= {"finish_reason": sample.finish, "stop_reason": sample.stop}
        self._event({"choices": [choice]})
        if not last:
            return
        self._left -= 1
        self._tokens += len(sample.tokens)
        if self._left == 0:
            if self._wanted.usage:
                self._event({"choices": [], "usage": usage(self._tokens)})
            self._transport.write(_chunk(b"data: [DONE]\n\n") + _chunk(b""))

    def _event(self, value: dict[str, Any]) -> None:
        event = {"id": "chatcmpl-0", "object": "chat.completion.chunk", "created": 0, "model": "loopback"} | value
        self._transport.write(_chunk(f"data: {json.dumps(event, separators=(',', ':'))}\n\n".encode()))


class Whole:
    """An answer as one object, sent when its last sample is there."""

    def __init__(self, wanted: Asked, send: Any) -> None:
        self._send = send
        self._texts = [""] * wanted.samples
        self._done: dict[int, Sample] = {}

    def progress(self, index: int, sample: Sample, text: str, last: bool) -> None:
        """Take the new text of one sample."""
        self._texts[index] += text
        if last:
            self._done[index] = sample
        if len(self._done) == len(self._texts):
            self._send(self._object())

    def _object(self) -> dict[str, Any]:
        choices = [
            {
                "index": index,
                "message": {"role": "assistant", "content": self._texts[index]},
                "finish_reason": sample.finish,
                "stop_reason": sample.stop,
            }
            for index, sample in sorted(self._done.items())
        ]
        tokens = sum(len(sample.tokens) for sample in self._done.values())
        return {
            "id": "chatcmpl-0", "object": "chat.completion", "created": 0, "model": "loopback",
            "choices": choices, "usage": usage(tokens),
        }  # fmt: skip


def usage(tokens: int) -> dict[str, int]:
    """The server's count of tokens."""
    return {"prompt_tokens": PROMPT_TOKENS, "completion_tokens": tokens, "total_tokens": PROMPT_TOKENS + tokens}


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def serve(writer: Writer) -> asyncio.Server:
    """Listen on a free port of loopback."""
    return await asyncio.get_running_loop().create_server(lambda: Connection(writer), "127.0.0.1", 0, backlog=1024)


async def _run(writer: Writer) -> None:
    server = await serve(writer)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Serve until killed; the first line printed is the port."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--latency", type=json.loads, default={})
    parser.add_argument("--concurrency", type=int, default=64)
    options = parser.parse_args()
    asyncio.run(_run(Writer(Latency(**options.latency), options.concurrency)))


if __name__ == "__main__":
    main()
