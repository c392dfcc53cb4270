"""A real model server on loopback: its answers are words that stream one by one, and it knows who is still there."""

import json
import select
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Message = dict[str, Any]
Answer = Callable[[dict[str, Any], int], Message]


def says(*texts: str) -> Answer:
    """Answers with one text after another, over all choices of all requests; the last for ever."""
    count = iter(range(10**6))
    return lambda body, index: {"content": texts[min(next(count), len(texts) - 1)]}


def calls(*arguments: str, name: str = "weather") -> Answer:
    """Answers with a call of a tool, with one set of arguments after another."""
    count = iter(range(10**6))

    def answer(body: dict[str, Any], index: int) -> Message:
        function = {"name": name, "arguments": arguments[min(next(count), len(arguments) - 1)]}
        return {"content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": function}]}

    return answer


@dataclass
class Upstream:
    """What the server was asked, and what it is to answer.

    Attributes:
        answer: the message of one choice of a request.
        status: answers with this status instead, if it is not 200.
        completes: whether chunks are those of the completions endpoint.
        held: while set, streams stand still after their first word, and whole replies do not come.
    """

    url: str = ""
    answer: Answer = field(default_factory=lambda: says("one two three"))
    status: int = 200
    held: bool = False
    completes: bool = False
    bodies: list[dict[str, Any]] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    counts: Counter[str] = field(default_factory=Counter)

    def wait(self, name: str, number: int = 1) -> None:
        """Wait until ``open`` or ``left`` has come to a number."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.counts[name] >= number, 20), (name, self.counts)

    def release(self) -> None:
        with self.changed:
            self.held = False
            self.changed.notify_all()

    def count(self, name: str, change: int = 1) -> None:
        with self.changed:
            self.counts[name] += change
            self.changed.notify_all()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def upstream(self) -> Upstream:
        return self.server.upstream  # type: ignore[attr-defined, no-any-return]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with self.upstream.changed:
            self.upstream.bodies.append(body)
            self.upstream.heads.append({name.lower(): value for name, value in self.headers.items()})
            self.upstream.paths.append(self.path)
        self.upstream.count("open")
        try:
            self._answer(body)
        except (BrokenPipeError, ConnectionResetError):
            self.upstream.count("left")
        finally:
            self.upstream.count("open", -1)
            self.upstream.count("over")

    def _answer(self, body: dict[str, Any]) -> None:
        if self.upstream.status != 200:
            self._whole({"error": {"message": "no such thing", "type": "bad"}}, self.upstream.status)
        elif self.path.endswith("embeddings"):
            data = [{"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}]
            usage = {"prompt_tokens": 4, "total_tokens": 4}
            self._whole({"object": "list", "data": data, "model": body["model"], "usage": usage})
        else:
            self._chat(body)

    def _chat(self, body: dict[str, Any]) -> None:
        messages = [self.upstream.answer(body, index) for index in range(body.get("n", 1))]
        words = [(message.get("content") or "").split(" ") for message in messages]
        completion = sum(map(len, words))
        usage = {"prompt_tokens": 10, "completion_tokens": completion, "total_tokens": 10 + completion}
        if not body.get("stream"):
            self._hold()
            choices = [_choice(index, "message", {"role": "assistant", **one}, _reason(one))
                       for index, one in enumerate(messages)]  # fmt: skip
            self._whole({"object": "chat.completion", "id": "up-1", "created": 1, "model": body["model"],
                                "choices": choices, "usage": usage})  # fmt: skip
            return
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for index, message in enumerate(messages):
            self._stream(index, message, words[index])
        if body.get("stream_options", {}).get("include_usage"):
            self._event({"object": "chat.completion.chunk", "choices": [], "usage": usage})
        self._write(b"data: [DONE]\n\n")
        self.close_connection = True

    def _stream(self, index: int, message: Message, words: Sequence[str]) -> None:
        for position, word in enumerate(words):
            text = word if position == 0 else f" {word}"
            if self.upstream.completes:
                self._event({"choices": [{"index": index, "text": text, "finish_reason": None}]})
            else:
                self._chunk(_choice(index, "delta", {"role": "assistant", "content": text}, None))
            if position == 0:
                self._hold()
        for position, call in enumerate(message.get("tool_calls", ())):
            function = call["function"]
            begun = {"index": position, **call, "function": {"name": function["name"], "arguments": ""}}
            more = {"index": position, "function": {"arguments": function["arguments"]}}
            for piece in (begun, more):
                self._chunk(_choice(index, "delta", {"tool_calls": [piece]}, None))
        self._chunk(_choice(index, "delta", {}, _reason(message)))

    def _chunk(self, choice: dict[str, Any]) -> None:
        self._event({"object": "chat.completion.chunk", "id": "up-1", "created": 1, "model": "m", "choices": [choice]})

    def _event(self, value: dict[str, Any]) -> None:
        self._write(b"data: " + json.dumps(value).encode() + b"\n\n")

    def _write(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()

    def _hold(self) -> None:
        """Stand still until released; finds out when the client leaves."""
        while self.upstream.held:
            readable, _, _ = select.select([self.connection], [], [], 0.01)
            if readable:
                raise BrokenPipeError

    def _whole(self, value: dict[str, Any], status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self._write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        pass


def _choice(index: int, name: str, value: Message, reason: str | None) -> dict[str, Any]:
    return {"index": index, name: value, "finish_reason": reason}


def _reason(message: Message) -> str:
    return "tool_calls" if message.get("tool_calls") else "stop"


@contextmanager
def upstream() -> Iterator[Upstream]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    made = Upstream(f"http://127.0.0.1:{server.server_address[1]}/v1")
    server.upstream = made  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        made.release()
        server.shutdown()
        thread.join()
        server.server_close()
