"""A gateway that is killed in the middle of requests; the next one on the same accounts settles what it left."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.gateway.upstream import Upstream, says

QUESTION = [{"role": "user", "content": "use 1 9 3 to make 11"}]


@contextmanager
def process(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A real gateway and its URL."""
    command = [sys.executable, "-c", "from outlay.cli.main import main; main()", "serve", "--config", "gateway.toml"]
    with (folder / "log").open("a") as log:
        running = subprocess.Popen(
            command, cwd=folder, env={**os.environ, "PYTHONPATH": str(Path.cwd())}, text=True,
            stdout=subprocess.PIPE, stderr=log,
        )  # fmt: skip
    with running:
        try:
            assert running.stdout is not None
            line = running.stdout.readline()
            assert line.startswith("outlay: serving at "), (folder / "log").read_text()
            yield running, line.split()[-1]
        finally:
            running.kill()


@pytest.fixture
def folder(tmp_path: Path, server: Upstream) -> Path:
    (tmp_path / "gateway.toml").write_text(
        f"""
[server]
port = 0
accounts = "accounts.sqlite"
drain_seconds = 20

[models.big]
model = "openai(model=m, base_url='{server.url}', several=false, prompt_price=1.0, completion_price=1.0)"
max_tokens = 64
"""
    )
    return tmp_path


def ask(url: str, model: str) -> dict[str, Any]:
    reply = httpx.post(f"{url}/chat/completions", json={"model": model, "messages": QUESTION}, timeout=60)
    found: dict[str, Any] = reply.json()
    return found


def rows(folder: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "accounts.sqlite")) as database:
        return database.execute(query).fetchall()


def asked_in_vain(url: str, model: str) -> threading.Thread:
    def work() -> None:
        with pytest.raises(httpx.HTTPError):
            ask(url, model)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_killed_gateway_loses_and_invents_nothing(folder: Path, server: Upstream) -> None:
    server.answer = says("answer: 1")
    with process(folder) as (running, url):
        before = ask(url, "big")["outlay"]["cost"]
        server.held = True
        waiting = [asked_in_vain(url, "big"), asked_in_vain(url, "big@self_consistency(n=3)")]
        server.wait("open", 4)
        set_aside = rows(folder, "select committed_tokens, tokens, committed_dollars from reservations")
        running.send_signal(signal.SIGKILL)
        running.wait()
        for thread in waiting:
            thread.join()
    server.release()
    assert len(set_aside) == 2
    assert sorted(worst for worst, _, _ in set_aside) == [worst for _, worst, _ in sorted(set_aside)]
    worst, dollars = sum(row[0] for row in set_aside), sum(row[2] for row in set_aside)
    assert worst > 4 * 64
    with process(folder) as (running, url):
        assert rows(folder, "select * from reservations") == []
        ((tokens, paid, requests),) = rows(folder, "select tokens, dollars, requests from spent")
        assert (tokens, requests) == (before["tokens"] + worst, 3)
        assert paid == pytest.approx(before["dollars"] + dollars)
        assert ask(url, "big")["choices"][0]["message"]["content"] == "answer: 1"
    assert '"settled_after_crash": 2' in (folder / "log").read_text()


def test_a_gateway_that_is_told_to_stop_finishes_first(folder: Path, server: Upstream) -> None:
    server.held = True
    found: list[dict[str, Any]] = []
    with process(folder) as (running, url):
        thread = threading.Thread(target=lambda: found.append(ask(url, "big@self_consistency(n=2)")))
        thread.start()
        server.wait("open", 2)
        running.send_signal(signal.SIGTERM)
        while True:
            try:
                httpx.get(url.removesuffix("/v1") + "/healthz", timeout=5)
            except httpx.ConnectError:
                break
        server.release()
        thread.join()
        assert running.wait(30) in (0, -signal.SIGTERM)
    assert found[0]["choices"][0]["message"]["content"] == "one two three"
    assert rows(folder, "select * from reservations") == []
    assert [action for (action,) in rows(folder, "select action from audit")] == ["gateway started", "gateway stopped"]
