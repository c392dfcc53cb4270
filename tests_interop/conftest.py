"""Exported models, and a server that somebody else wrote, on loopback."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from outlay.pocket.hugging_face import export_language_model
from outlay.pocket.weights import SHIPPED
from tests_interop.handful import asked, paid, talker, vote

__all__ = ["asked", "paid", "talker", "vote"]
NAME = "outlay-pocket"
BIN = Path(sys.executable).parent
START_SECONDS = 180
COMMAND_SECONDS = 240


@dataclass(frozen=True)
class Exported:
    """A pocket model's own folder and the Hugging Face folder made of it."""

    source: Path
    folder: Path


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The shipped model, exported by the command that users type."""
    folder = tmp_path_factory.mktemp("shipped") / NAME
    subprocess.run([BIN / "outlay", "models", "export", folder], check=True, timeout=COMMAND_SECONDS)
    return Exported(SHIPPED, folder)


@pytest.fixture(scope="session")
def random_weights(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A small model with random weights."""
    from tests.pocket.models import write_models  # noqa: PLC0415 (needs PyTorch, which not all environments have)

    made = tmp_path_factory.mktemp("random")
    source = write_models(made / "source")
    export_language_model(source, made / NAME)
    return Exported(source, made / NAME)


@pytest.fixture(params=["shipped", "random_weights"])
def exported(request: pytest.FixtureRequest) -> Exported:
    found: Exported = request.getfixturevalue(request.param)
    return found


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        assert self.code == 0, self.err
        found: dict[str, Any] = json.loads(self.out)
        return found


@dataclass(frozen=True)
class Server:
    """A running server of the shipped model."""

    url: str
    log: Path

    def solve(
        self, strategy: str, *options: str, question: Sequence[str] = ("--task", "chain"), **settings: object
    ) -> Ended:
        """``outlay solve`` with the server's model, or with ``--model`` in the options, as a command of its own."""
        given = {"model": NAME, **settings}
        model = f"openai({', '.join(f'{key}={value!r}' for key, value in given.items())})"
        chosen = () if "--model" in options else ("--model", model)
        command = ["solve", *question, "--strategy", strategy, "--budget", "tokens=9000", "--json", *chosen, *options]
        kept = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        ended = subprocess.run(
            [BIN / "outlay", *command],
            env={**kept, "OPENAI_BASE_URL": self.url, "OPENAI_API_KEY": "", "COLUMNS": "200"},
            capture_output=True, text=True, check=False, timeout=COMMAND_SECONDS,
        )  # fmt: skip
        return Ended(ended.returncode, ended.stdout, ended.stderr)


@pytest.fixture(scope="session")
def server(shipped: Exported, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """``transformers serve`` on the CPU; a test that needs it fails with the log's end if it does not start."""
    log, port = tmp_path_factory.mktemp("server") / "log", _free_port()
    where = ("--host", "127.0.0.1", "--port", str(port), "--device", "cpu")
    with (
        log.open("wb") as written,
        subprocess.Popen(
            [BIN / "transformers", "serve", NAME, *where], cwd=shipped.folder.parent, stdout=written, stderr=written
        ) as process,
    ):
        try:
            _wait(process, f"http://127.0.0.1:{port}/health", log)
            yield Server(f"http://127.0.0.1:{port}/v1", log)
        finally:
            process.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with direct.open(url):
                return
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"transformers serve did not start; its log ends with\n{log.read_text()[-3000:]}")
