"""A report is served while its run goes on: what it answers, what it refuses, and how it follows."""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from outlay.bench.live import LiveReport, LiveServer, is_loopback
from outlay.bench.store import DATABASE, read_store
from outlay.core.errors import InvalidInputError
from tests.bench.stored import Made, write_run
from tests.browser import open_page

ROOT = Path(__file__).parents[2]
SLOW = """
name = "slow"
questions = 400
tasks = [{name = "sums", level = 1}]
models = ["dice(delay=0.02)"]
strategies = ["draw(n=1)", "walk(width=2)"]
verifiers = ["oracle"]
concurrency = 1
"""


@contextmanager
def served(folder: Path) -> Iterator[Callable[..., http.client.HTTPResponse]]:
    """Asks a server of this folder."""
    with LiveServer(LiveReport(folder), "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()

        def ask(path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
            with closing(http.client.HTTPConnection(*server.server_address[:2], timeout=30)) as connection:  # type: ignore[arg-type]
                connection.request(method, path, headers=headers)
                answer = connection.getresponse()
                answer.text = answer.read().decode()  # type: ignore[attr-defined]
                return answer

        try:
            yield ask
        finally:
            server.shutdown()
            thread.join()


def test_the_same_figures_are_sent_once_and_newer_ones_when_there_are_some(tmp_path: Path) -> None:
    write_run(tmp_path, {"draw": {0: Made(True), 1: None}})
    with served(tmp_path) as ask:
        page = ask("/")
        assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert "1 of 2 trials have a result" in page.text
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-eval" not in policy
        assert "script-src 'unsafe-inline'" not in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        tag = page.headers["ETag"]
        again = ask("/body", **{"If-None-Match": tag})
        assert (again.status, again.text) == (304, "")
        write_run(tmp_path, {"draw": {0: Made(True), 1: Made(False)}})
        for _ in range(200):
            newer = ask("/body", **{"If-None-Match": tag})
            if newer.status == 200:
                break
            time.sleep(0.05)
        assert "2 of 2 trials have a result" in newer.text
        assert newer.headers["ETag"] != tag
        assert "<script nonce" not in newer.text.split('id="problems"')[0]


@pytest.mark.parametrize(
    "path", ["/results.sqlite", "/../results.sqlite", "/%2e%2e/results.sqlite", "//etc/passwd", "/body/", "/?", "*"]
)
def test_nothing_else_is_served(tmp_path: Path, path: str) -> None:
    write_run(tmp_path, {"draw": {0: Made(True)}})
    with served(tmp_path) as ask:
        answer = ask(path)
        assert (answer.status, answer.text) == (404, "there is nothing here but the report, at /")


def test_other_methods_and_other_names_are_refused(tmp_path: Path) -> None:
    write_run(tmp_path, {"draw": {0: Made(True)}})
    with served(tmp_path) as ask:
        assert [ask("/", method).status for method in ("POST", "PUT", "DELETE", "OPTIONS")] == [501] * 4
        for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", ""):
            assert ask("/", Host=host).status == 403
        for host in ("localhost", "LOCALHOST:8350", "127.0.0.1:1", "[::1]:8350", "[::1]"):
            assert ask("/", Host=host).status == 200


def test_a_folder_that_is_lost_is_told_and_not_a_crash(tmp_path: Path) -> None:
    write_run(tmp_path, {"draw": {0: Made(True)}})
    with served(tmp_path) as ask:
        (tmp_path / DATABASE).unlink()
        answer = ask("/")
        assert answer.status == 503
        assert "there are no results in" in answer.text


def test_before_the_first_result_the_page_says_so(tmp_path: Path) -> None:
    write_run(tmp_path, {"draw": {0: None, 1: "lost"}})
    with served(tmp_path) as ask:
        page = ask("/").text
        assert "Nothing has finished yet" in page
        assert "0 of 2 trials have a result, 1 failed" in page


def test_a_port_that_is_taken_is_a_message(tmp_path: Path) -> None:
    write_run(tmp_path, {"draw": {0: Made(True)}})
    with LiveServer(LiveReport(tmp_path), "127.0.0.1", 0) as server:
        taken = server.server_address[1]
        with pytest.raises(InvalidInputError, match=f"cannot listen on '127.0.0.1', port {taken}: .*--port"):
            LiveServer(LiveReport(tmp_path), "127.0.0.1", int(taken))


@pytest.mark.parametrize(
    ("host", "inside"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True), ("0.0.0.0", False),
     ("::", False), ("192.168.1.4", False), ("example.org", False), ("", False)],
)  # fmt: skip
def test_only_loopback_is_loopback(host: str, inside: bool) -> None:
    assert is_loopback(host) == inside


def test_the_browser_follows_a_run_and_keeps_what_the_reader_set(tmp_path: Path) -> None:
    file, folder = tmp_path / "slow.toml", tmp_path / "run"
    file.write_text(SLOW)
    with started("-m", "tests.bench.worker") as worker:
        worker.stdin.write(f"{file} {folder}\n")
        worker.stdin.flush()
        wait_for(lambda: finished(folder) > 3)
        command = ("from outlay.cli.main import main; main()", "view", str(folder), "--port", "0")
        with started("-c", *command) as view:
            address = view.stdout.readline().split()[1]
            with open_page(address) as page:
                page.wait_for_selector("html[data-drawn]")
                page.locator("#axis-tokens").focus()
                page.keyboard.press("ArrowRight")
                page.locator("#results-1 thead button").nth(1).press("Enter")
                page.locator("#dollars-numbers summary").press("Enter")
                before = page.locator(".state").inner_text()
                page.wait_for_function(
                    "before => document.querySelector('.state').innerText !== before", arg=before, timeout=60_000
                )
                page.wait_for_function("document.querySelector('#live').innerText === 'live'")
                assert page.locator("[name=axis]:checked").get_attribute("value") == "dollars"
                assert page.locator("#results-1 [aria-sort]").count() == 1
                assert page.locator("#dollars-numbers table").count() == 1
                assert page.locator("progress").count() == 1
            view.send_signal(signal.SIGINT)
            assert view.wait(60) == 0
            assert view.stderr.read().strip() == "ended"


@contextmanager
def started(*words: str) -> Iterator[Any]:
    """A Python process with pipes, which is gone afterwards with all that it started."""
    pipe = subprocess.PIPE
    command = [sys.executable, *words]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def finished(folder: Path) -> int:
    if not (folder / DATABASE).is_file():
        return 0
    with read_store(folder) as store:
        tables = store.execute("select 1 from sqlite_master where name = 'trials'")
        return sum(planned.finished for planned in store.plan()) if tables else 0


def wait_for(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)
