"""A run that is killed over and over comes to the results of an unbroken one and pays for no recorded sample twice."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from outlay.bench.store import DATABASE, read_store
from outlay.bench.trace_store import packed_trace, unpack

ROOT = Path(__file__).parents[2]
FILE = """
name = "killed"
questions = 8
tasks = [{{name = "sums", level = 2}}]
models = ["dice(delay=0.004, receipt='{receipt}')"]
strategies = ["draw(n=6)", "draw(n=3)", "walk(width=3)"]
verifiers = ["oracle"]
budgets = ["tokens=150"]
concurrency = 4
"""


def write(folder: Path, name: str) -> tuple[Path, Path, Path]:
    """The experiment file, results folder and receipts of one run."""
    receipt = folder / f"{name}.receipts"
    receipt.touch()
    file = folder / f"{name}.toml"
    file.write_text(FILE.format(receipt=receipt))
    return file, folder / name, receipt


@contextmanager
def process(file: Path, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.worker", str(file), str(folder)], cwd=ROOT, start_new_session=True
    )
    try:
        yield started
    finally:
        if started.poll() is None:
            os.kill(started.pid, signal.SIGKILL)
        started.wait()


def receipts(path: Path) -> list[str]:
    # A kill may cut the last line short.
    return [json.loads(line) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]


def recorded(folder: Path) -> set[str]:
    if not (folder / DATABASE).exists():
        return set()
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        return {row[0] for row in connection.execute("select text from samples")}


def results(folder: Path) -> list[Any]:
    """All results without what differs from run to run: times, and the key, which holds the receipt's path."""
    with read_store(folder) as store:
        found = []
        for trial in store.trials():
            assert trial.record is not None, trial.cause
            record = trial.record.as_dict()
            for cost in [record["cost"], *(point["cost"] for point in record["curve"])]:
                del cost["seconds"]
                cost["dollars"] = pytest.approx(cost["dollars"])
            found.append((trial.index, trial.cell.strategy, trial.cell.budget, record))
        return found


def traces(folder: Path) -> list[Any]:
    """All traces without the model's name, which holds the receipt's path."""
    with read_store(folder) as store:
        found = [unpack(packed_trace(store, trial.key) or b"") for trial in store.trials()]
    return [{**trace, "about": {**trace["about"], "model": ""}} for trace in found]


def test_killed_runs_resume_to_the_same_results(tmp_path: Path) -> None:
    file, folder, receipt = write(tmp_path, "broken")
    rng = random.Random(3)  # noqa: S311
    for _ in range(5):
        before = len(receipts(receipt))
        already = recorded(folder)
        with process(file, folder) as running:
            until = before + rng.randrange(8, 40)
            while running.poll() is None and len(receipts(receipt)) < until:
                time.sleep(0.002)
        assert not already & set(receipts(receipt)[before:]), "a recorded sample was asked for again"
    before, already = len(receipts(receipt)), recorded(folder)
    with process(file, folder) as running:
        assert running.wait(timeout=60) == 0
    assert not already & set(receipts(receipt)[before:])

    file, whole, unbroken = write(tmp_path, "whole")
    with process(file, whole) as running:
        assert running.wait(timeout=60) == 0
    assert results(folder) == results(whole)
    assert traces(folder) == traces(whole)
    assert set(receipts(receipt)) == set(receipts(unbroken))
    repeated = len(receipts(receipt)) - len(receipts(unbroken))
    assert 0 <= repeated <= 5 * 4 * 6, "at most what was under way at five kills: four questions of six samples"
