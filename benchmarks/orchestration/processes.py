"""The server and the contenders as processes of their own."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.orchestration.calls import Call
from benchmarks.orchestration.contenders.serving import Options
from benchmarks.orchestration.latency import Latency
from benchmarks.orchestration.methods import ROOT, Contender

LONGEST_RUN = 600.0


@dataclass(frozen=True, slots=True)
class Taken:
    """What one question took a contender.

    Attributes:
        wall_seconds: from question to answer.
        cpu_seconds: of the contender's process meanwhile.
        peak_memory_mb: of the process until then, imports included.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_memory_mb: float


class Server:
    """The loopback server, seen from outside."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def begin(self) -> None:
        """Forget all questions, so that the next contender meets the same latencies."""
        self._ask("/begin", b"{}")

    def calls(self) -> list[Call]:
        """The samples made since."""
        return [Call(**call) for call in json.loads(self._ask("/calls"))["calls"]]

    def _ask(self, path: str, body: bytes | None = None) -> bytes:
        with self._opener.open(self.url + path, body, LONGEST_RUN) as reply:
            told: bytes = reply.read()
            return told


@contextmanager
def serving(latency: Latency, concurrency: int) -> Iterator[Server]:
    """Start the server, and stop it."""
    given = {"--latency": json.dumps(asdict(latency)), "--concurrency": str(concurrency)}
    words = [word for pair in given.items() for word in pair]
    with _started([sys.executable, "-m", "benchmarks.orchestration.server", *words]) as process:
        yield Server(f"http://127.0.0.1:{int(_line(process))}")


class Solver:
    """A contender's process, ready for questions."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def solve(self, question: str) -> Taken:
        """Have one question answered."""
        assert self._process.stdin is not None  # noqa: S101 (opened as a pipe below)
        self._process.stdin.write(question + "\n")
        self._process.stdin.flush()
        return Taken(**json.loads(_line(self._process)))


@contextmanager
def solving(contender: Contender, options: Options) -> Iterator[Solver]:
    """Start a contender in its own environment, and stop it."""
    module = f"benchmarks.orchestration.contenders.{contender.module}"
    with _started([str(contender.interpreter), "-m", module, json.dumps(asdict(options))]) as process:
        yield Solver(process)


@contextmanager
def _started(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command, cwd=ROOT, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _line(process: subprocess.Popen[str]) -> Any:
    assert process.stdout is not None  # noqa: S101 (opened as a pipe above)
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{process.args!r} ended with status {process.wait()}")
    return line


def _environment() -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return {**kept, "PYTHONPATH": str(ROOT), "OPENAI_API_KEY": ""}
