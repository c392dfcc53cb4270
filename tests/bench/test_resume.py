"""A run that is killed over and over comes to the results of an unbroken one and pays for nothing recorded twice.

What a process has finished at the model and not yet written down when it is killed is asked for again: no more than
what was under way. Everything that is paid for signs a receipt, on disk before it is handed on, so that it shows.
"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from outlay.bench.store import DATABASE, open_store, read_store
from outlay.bench.trace_store import packed_trace, unpack
from tests.bench.fakes import receipts

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("OUTLAY_KILLS", "50"))
FILE = """
name = "killed"
questions = {questions}
tasks = [{{name = "sums", level = 2}}]
models = ["dice(delay=0.0002, receipt='{receipt}')"]
strategies = [
    {{strategy = "draw(n=6)", verifier = "asker(model=dice(receipt='{receipt}'))"}},
    {{strategy = "draw(n=3)", verifier = "served(receipt='{receipt}')"}},
    {{strategy = "walk(width=3)", verifier = "oracle"}},
]
budgets = ["tokens=400"]
total = "tokens=10_000_000"
concurrency = 4
"""
UNDER_WAY = 4 * 6
"""Samples that four questions may have under way at a time."""


class Worker:
    """A process that runs experiments in forks of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.worker"], cwd=ROOT, text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip

    def start(self, file: Path, folder: Path) -> int:
        """The number of the process that runs it."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{file} {folder}\n")
        return int(self._read())

    def ended(self) -> int:
        """Waits for its end: 0, or the negative number of the signal that killed it."""
        return int(self._read())

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@pytest.fixture
def worker() -> Iterator[Worker]:
    started = Worker()
    yield started
    started.stop()


class Bench:
    """An experiment file, its results folder and its receipts."""

    def __init__(self, folder: Path, name: str, questions: int) -> None:
        self.file, self.out, self.receipt = (folder / f"{name}{end}" for end in (".toml", "", ".receipts"))
        self.receipt.touch()
        self.file.write_text(FILE.format(receipt=self.receipt, questions=questions))

    def receipts(self) -> Counter[str]:
        return Counter(receipts(self.receipt))

    def signed(self) -> int:
        return self.receipt.read_bytes().count(b"\n")

    def recorded(self) -> set[str]:
        """The receipts of all samples, scores and verdicts that are on disk."""
        if not (self.out / DATABASE).exists():
            return set()
        with closing(sqlite3.connect(self.out / DATABASE)) as connection:
            if not connection.execute("select 1 from sqlite_master where name = 'calls'").fetchall():
                return set()
            texts = {row[0] for row in connection.execute("select text from samples")}
            answers = connection.execute("select answer from calls where answer is not null").fetchall()
            kept = [one for row in answers for one in json.loads(row[0])]
            return texts | {one["evidence"] if isinstance(one, dict) else f"score {-one[0]}" for one in kept}

    def results(self) -> list[Any]:
        """All results without what differs from run to run: times, and the key, which holds the receipt's path."""
        with read_store(self.out) as store:
            found = []
            for trial in store.trials():
                assert trial.record is not None, trial.cause
                record = trial.record.as_dict()
                for cost in [record["cost"], *(point["cost"] for point in record["curve"])]:
                    del cost["seconds"]
                    cost["dollars"] = pytest.approx(cost["dollars"])
                found.append((trial.index, trial.cell.strategy, trial.cell.budget, record))
            return found


def kill(worker: Worker, bench: Bench, rng: random.Random) -> None:
    """Start it, and kill it at a random moment: after some receipts and a little more, or before there is any."""
    pid = worker.start(bench.file, bench.out)
    until = bench.signed() + rng.randrange(0, 20)
    while bench.signed() < until:
        time.sleep(0.001)
    time.sleep(rng.uniform(0, 0.03))
    os.kill(pid, signal.SIGKILL)
    assert worker.ended() == -signal.SIGKILL, "it had ended before: more questions are needed"


def traces(folder: Path) -> list[Any]:
    """All traces without the names that hold the receipt's path."""
    with read_store(folder) as store:
        found = [unpack(packed_trace(store, trial.key) or b"") for trial in store.trials()]
    return [{**trace, "about": {**trace["about"], "model": "", "verifier": ""}} for trace in found]


def test_killed_runs_resume_to_the_same_results(tmp_path: Path, worker: Worker) -> None:
    broken, whole = Bench(tmp_path, "broken", KILLS), Bench(tmp_path, "whole", KILLS)
    rng = random.Random(3)  # noqa: S311
    lost: Counter[str] = Counter()
    charged = 0
    for _ in range(KILLS):
        before, already = broken.receipts(), broken.recorded()
        kill(worker, broken, rng)
        asked = broken.receipts() - before
        assert not already & set(asked), "what was recorded was asked for again"
        unrecorded = Counter({text: count for text, count in asked.items() if text not in broken.recorded()})
        assert unrecorded.total() <= UNDER_WAY
        lost += unrecorded
        with open_store(broken.out) as store:
            assert store.charged().tokens >= charged, "what was paid is forgotten"
            charged = store.charged().tokens
    worker.start(broken.file, broken.out)
    assert worker.ended() == 0
    worker.start(whole.file, whole.out)
    assert worker.ended() == 0

    assert broken.results() == whole.results()
    assert traces(broken.out) == traces(whole.out)
    assert broken.receipts() == whole.receipts() + lost, "nothing but what a kill lost was paid twice"
    with read_store(broken.out) as found, read_store(whole.out) as expected:
        first, second = (replace(store.charged(), dollars=0.0, flops=0.0) for store in (found, expected))
        assert first == second
