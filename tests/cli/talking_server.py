"""A real chat server on loopback that answers questions now and then rightly, and knows how to judge answers."""

import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

RIGHT, WRONG = "She has 3 + 4 of them.\nanswer: 7", "She has 3 * 4 of them.\nanswer: 12"
PROGRAM = "```python\ndef double(x):\n    return {}\n```"
QUESTION = "Ann has 3 apples and buys 4 more. How many has she?"


def reply(messages: Sequence[dict[str, str]], rng: np.random.Generator) -> str:
    """An answer, right with probability 0.4, or a right judgement of one."""
    asked = messages[-1]["content"]
    before = messages[-2]["content"] if len(messages) > 1 else ""
    shown = re.findall(r"<answer>\n(.*?)\n</answer>", asked, re.DOTALL)
    right = ["answer: 7" in text or "return 2 * x" in text for text in shown]
    if "`[[ ## answer ## ]]`" in asked:
        return f"[[ ## answer ## ]]\n{7 if rng.random() < 0.4 else 12}\n\n[[ ## completed ## ]]"
    if "answer yes or no" in asked:
        return "yes" if "answer: 7" in before else "no"
    if "verdict: yes" in asked:
        return f"verdict: {'yes' if right[0] else 'no'}"
    if "score: N" in asked:
        return f"score: {9 if right[0] else 1}"
    if "better: A" in asked:
        return "better: " + ("same" if right[0] == right[1] else "A" if right[0] else "B")
    if "order:" in asked:
        return "order: " + ", ".join(str(i + 1) for i in sorted(range(len(right)), key=lambda i: -right[i]))
    if "hidden as X" in asked:
        value, other = re.search(r"question is (\d+)", asked), re.search(r"has 3 apples", asked)
        assert value is not None
        return f"X = {int(value[1]) - (3 if other else 4)}"
    if "between ```python" in asked:
        return "```python\ndef f(x):\n    return 3 + 4\n```"
    if "step N: right" in asked:
        steps = re.findall(r"Step (\d+): (.*)", asked)
        return "\n".join(
            f"step {number}: {'wrong' if '12' in text or '*' in text else 'right'}" for number, text in steps
        )
    if "write" in asked and "tests" in asked:
        return "assert double(2) == 4\nassert double(5) == 10"
    if "double" in asked:
        return PROGRAM.format("2 * x" if rng.random() < 0.4 else "x + 2")
    return RIGHT if rng.random() < 0.4 else WRONG


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = _scores(body) if "chat" not in self.path else _chat(body)
        streamed = body.get("stream", False)
        data = _events(answer) if streamed else json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "text/event-stream" if streamed else "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        pass


def _chat(body: dict[str, Any]) -> dict[str, Any]:
    rng = np.random.default_rng(body.get("seed", 0))
    choices = [
        {"index": i, "finish_reason": "stop", "message": {"role": "assistant", "content": reply(body["messages"], rng)}}
        for i in range(body.get("n", 1))
    ]
    written = 12 * len(choices)
    usage = {"prompt_tokens": 20, "completion_tokens": written, "total_tokens": 20 + written}
    name = {"id": "chat-0", "object": "chat.completion", "created": 0, "model": body["model"]}
    return {**name, "choices": choices, "usage": usage}


def _events(answer: dict[str, Any]) -> bytes:
    """A whole reply as a stream of one event a choice, then the usage."""
    changes = [{**choice, "delta": choice["message"]} for choice in answer["choices"]]
    chunks = [*({"choices": [change]} for change in changes), {"choices": [], "usage": answer["usage"]}]
    return b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks) + b"data: [DONE]\n\n"


def _scores(body: dict[str, Any]) -> dict[str, Any]:
    """As vLLM's /classify says it."""
    texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
    data = [
        {"index": i, "label": "LABEL_1", "probs": [0.2, 0.8] if "answer: 7" in text else [0.9, 0.1], "num_classes": 2}
        for i, text in enumerate(texts)
    ]
    return {
        "id": "classify-0",
        "object": "list",
        "model": "m",
        "data": data,
        "usage": {"prompt_tokens": 9 * len(texts)},
    }


@contextmanager
def talking() -> Iterator[str]:
    """The server's URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
