"""A run's export is what Inspect writes itself: it reads the logs back, and its viewer lists and opens them."""

import json
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from inspect_ai.log import EvalLog, list_eval_logs, read_eval_log

from outlay.adapters.inspect_log import write_logs
from outlay.bench.experiment import read
from outlay.bench.runner import run
from outlay.bench.store import StoredTrial, read_store
from outlay.cli.parts import PARTS
from outlay.tasks.countdown import Countdown
from outlay.tasks.exercise import problems

BIN = Path(sys.executable).parent
START_SECONDS = 120
EXPERIMENT = """
name = "handful"
questions = 4
tasks = [{name = "countdown", level = 1}]
models = ["pocket"]
strategies = ["greedy", {strategy = "best_of_n(n=4)", verifier = "process_reward"}]
budgets = ["tokens=2000"]
seeds = [0, 1]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return benched(EXPERIMENT, tmp_path_factory.mktemp("run"))


def benched(source: str, folder: Path) -> Path:
    experiment = read(source, PARTS, folder / "handful.toml")
    anyio.run(lambda: run(experiment, PARTS, folder / "run"))
    return folder / "run"


@pytest.fixture(scope="module")
def logs(folder: Path) -> Path:
    out = folder.parent / "logs"
    command = [BIN / "outlay", "results", "export", folder, out, "--to", "inspect"]
    ended = subprocess.run(command, check=True, timeout=240, capture_output=True, text=True)
    assert ended.stdout == f"4 logs: {out}\n"
    return out


def cells(folder: Path) -> dict[tuple[str, int], list[StoredTrial]]:
    found: dict[tuple[str, int], list[StoredTrial]] = {}
    with read_store(folder) as store:
        for trial in store.trials():
            found.setdefault((trial.cell.strategy, trial.cell.seed), []).append(trial)
    return found


def test_the_logs_say_what_the_run_says(folder: Path, logs: Path) -> None:
    asked = problems(Countdown(), 1, range(4))
    found = {}
    for info in list_eval_logs(str(logs)):
        log = read_eval_log(info)
        found[log.eval.solver_args["strategy"], log.eval.solver_args["seed"]] = log
    expected = cells(folder)
    assert set(found) == set(expected)
    for key, log in found.items():
        check_log(log, expected[key])
        assert [sample.input[0].text for sample in log.samples] == [one.messages[-1].content for one in asked]
        assert [sample.target for sample in log.samples] == [one.reference.answer for one in asked]


def check_log(log: EvalLog, trials: list[StoredTrial]) -> None:
    records = [trial.record for trial in trials if trial.record]
    assert (log.status, log.eval.model, log.eval.task) == ("success", "outlay/pocket", "countdown-1")
    assert log.results.scores[0].metrics["accuracy"].value == sum(bool(one.correct) for one in records) / len(records)
    assert log.stats.model_usage["outlay/pocket"].total_tokens == sum(one.cost.tokens for one in records)
    for sample, record in zip(log.samples, records, strict=True):
        assert sample.output.completion == record.text
        assert sample.scores["correct"].value == ("C" if record.correct else "I")
        assert sample.scores["correct"].answer == record.value
        assert sample.model_usage["outlay/pocket"].output_tokens == record.cost.completion_tokens
        account = sample.metadata["outlay"]
        assert (account["confidence"], account["stopped_by"]) == (record.confidence, record.stopped_by)
        assert [one["text"] for one in account["candidates"]] == [one.text for one in record.candidates]


def test_failures_have_no_score_and_what_is_left_out_is_told(tmp_path: Path) -> None:
    folder = benched(
        EXPERIMENT.replace('"pocket"]', '"openai(model=m, base_url=\'http://127.0.0.1:9/v1\', max_retries=0)"]')
        .replace(', {strategy = "best_of_n(n=4)", verifier = "process_reward"}', "").replace("[0, 1]", "[0]"),
        tmp_path,
    )  # fmt: skip
    (path,) = write_logs(folder, tmp_path / "logs", tmp_path)
    log = read_eval_log(str(path))
    assert log.status == "success"
    assert (log.results.total_samples, log.results.completed_samples, log.results.scores) == (4, 0, [])
    for sample in log.samples:
        assert not sample.scores
        assert "failed" in sample.error.message
        assert sample.input[0].text.startswith("use ")


@pytest.fixture(scope="module")
def viewer(logs: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = logs.parent / "view.log"
    command = [BIN / "inspect", "view", "start", "--log-dir", logs, "--host", "127.0.0.1", "--port", str(port)]
    with told.open("wb") as written, subprocess.Popen(command, stdout=written, stderr=written) as process:
        try:
            deadline = time.monotonic() + START_SECONDS
            while process.poll() is None and time.monotonic() < deadline:
                try:
                    fetched(f"http://127.0.0.1:{port}/api/log-dir")
                except OSError:
                    time.sleep(0.3)
                else:
                    break
            else:
                pytest.fail(f"inspect view did not start; it said\n{told.read_text()[-2000:]}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def fetched(url: str) -> bytes:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=60) as reply:
        body: bytes = reply.read()
        return body


def test_the_viewer_lists_and_opens_every_log(logs: Path, viewer: str) -> None:
    assert b"Inspect View" in fetched(viewer)
    listed = json.loads(fetched(f"{viewer}/api/logs"))["files"]
    assert {Path(urllib.parse.urlsplit(one["name"]).path).name for one in listed} == {
        path.name for path in logs.iterdir()
    }
    assert {one["task"] for one in listed} == {"countdown-1"}
    for one in listed:
        opened: dict[str, Any] = json.loads(fetched(f"{viewer}/api/logs/{urllib.parse.quote(one['name'], safe='')}"))
        assert opened["eval"]["task_id"] == one["task_id"]
        assert len(opened["samples"]) == 4
