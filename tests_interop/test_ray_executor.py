"""Trials spread over a Ray cluster come to the results of one process, whatever is killed."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest

from outlay.bench.executor import Executor, LocalExecutor
from outlay.bench.experiment import Experiment, load
from outlay.bench.progress import Progress
from outlay.bench.ray_executor import RETRIES, RayExecutor
from outlay.bench.runner import run
from outlay.bench.store import DATABASE, read_store
from outlay.core.budget import Budget
from outlay.core.errors import InvalidInputError, StoreError
from tests.bench.fakes import PARTS

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.timeout(900)
ROOT = Path(__file__).parents[1]
FILE = """
questions = {questions}
tasks = [{{name = "sums", level = 2}}]
models = ["dice(delay={delay}, receipt='{receipt}', fatal='{fatal}')"]
strategies = [
    {{strategy = "draw(n=6)", verifier = "asker(model=dice(receipt='{receipt}'))"}},
    {{strategy = "draw(n=3)", verifier = "served(receipt='{receipt}')"}},
    {{strategy = "walk(width=3)", verifier = "oracle"}},
]
budgets = ["tokens=400"]
concurrency = 4
"""
UNDER_WAY = 4 * 6


class Bench:
    """An experiment file, its results folder and its receipts."""

    def __init__(self, folder: Path, name: str, questions: int = 4, delay: float = 0.001, fatal: str = "") -> None:
        self.file, self.out, self.receipt = (folder / f"{name}{end}" for end in (".toml", "", ".receipts"))
        self.receipt.touch()
        self.file.write_text(FILE.format(receipt=self.receipt, questions=questions, delay=delay, fatal=fatal))

    @property
    def experiment(self) -> Experiment:
        return load(self.file, PARTS)

    def receipts(self) -> Counter[str]:
        whole = [line for line in self.receipt.read_text().splitlines(keepends=True) if line.endswith("\n")]
        return Counter(map(json.loads, whole))

    def results(self) -> list[Any]:
        with read_store(self.out) as store:
            found = []
            for trial in store.trials():
                assert trial.record is not None, trial.cause
                record = trial.record.as_dict()
                for cost in [record["cost"], *(point["cost"] for point in record["curve"])]:
                    del cost["seconds"]
                    cost["dollars"] = pytest.approx(cost["dollars"])
                found.append((trial.index, trial.cell.strategy, record))
            return found

    def recorded(self) -> int:
        if not (self.out / DATABASE).exists():
            return 0
        with closing(sqlite3.connect(self.out / DATABASE)) as connection, suppress(sqlite3.OperationalError):
            return int(connection.execute("select count(*) from samples").fetchall()[0][0])
        return 0


def ran(bench: Bench, executor: Executor, **changes: Any) -> Progress:
    return anyio.run(lambda: run(replace(bench.experiment, **changes), PARTS, bench.out, executor=executor))


def wait_for(there: Callable[[], bool]) -> None:
    for _ in range(20_000):
        if there():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come about")


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False, logging_level="error")
    yield
    ray.shutdown()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """The same experiment in one process."""
    bench = Bench(tmp_path_factory.mktemp("whole"), "whole")
    assert ran(bench, LocalExecutor()).unrun == 0
    return bench


@pytest.mark.usefixtures("cluster")
def test_a_cluster_comes_to_the_results_of_one_process(tmp_path: Path, whole: Bench) -> None:
    bench = Bench(tmp_path, "spread")
    ended = ran(bench, RayExecutor(workers=2))
    assert (ended.done, ended.failed, ended.unrun) == (12, 0, 0)
    assert bench.results() == whole.results()
    assert bench.receipts() == whole.receipts()
    assert ended.paid.tokens > 0
    again = ran(bench, RayExecutor(workers=2))
    assert (again.done, again.paid.tokens) == (12, 0)


@pytest.mark.usefixtures("cluster")
def test_a_worker_that_is_killed_loses_nothing_that_was_recorded(tmp_path: Path, whole: Bench) -> None:
    bench, killed = Bench(tmp_path, "killed"), []

    def kill_workers() -> None:
        for wanted in (15, 40):
            wait_for(lambda: bench.recorded() >= wanted)  # noqa: B023 (called at once)
            alive = [pid for pid in worker_processes() if pid not in killed]
            killed.append(alive[0])
            os.kill(alive[0], signal.SIGKILL)

    async def both() -> Progress:
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, kill_workers)
            return await run(bench.experiment, PARTS, bench.out, executor=RayExecutor(workers=2))

    ended = anyio.run(both)
    assert len(killed) == 2
    assert (ended.done, ended.failed) == (12, 0)
    assert bench.results() == whole.results()
    assert set(bench.receipts()) == set(whole.receipts())
    again = bench.receipts().total() - whole.receipts().total()
    assert 0 <= again <= 2 * UNDER_WAY, "at most what was under way at two kills"


def worker_processes() -> list[int]:
    """Processes of this test's own cluster that run trials, by the title that Ray gives them."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            titled = entry.name.isdigit() and (entry / "cmdline").read_bytes().startswith(b"ray::Worker")
            if titled and parent(parent(int(entry.name))) == os.getpid():
                found.append(int(entry.name))
    return found


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_run_that_is_killed_is_resumed(tmp_path: Path, whole: Bench) -> None:
    bench = Bench(tmp_path, "resumed")
    started = subprocess.Popen(
        [sys.executable, "-m", "tests_interop.ray_session", str(bench.file), str(bench.out)], cwd=ROOT
    )
    wait_for(lambda: bench.recorded() >= 30)
    started.kill()
    started.wait()
    wait_for(lambda: not locked(bench))
    before, already = bench.receipts(), bench.recorded()
    assert before.total() - already <= UNDER_WAY + 3 * 24, "scores and verdicts are not counted among the samples"
    assert ran(bench, LocalExecutor()).unrun == 0
    assert bench.results() == whole.results()
    again = bench.receipts().total() - whole.receipts().total()
    assert 0 <= again <= UNDER_WAY


def locked(bench: Bench) -> bool:
    with closing(sqlite3.connect(bench.out / "running.lock", timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("begin exclusive")
        except sqlite3.OperationalError:
            return True
    return False


@pytest.mark.usefixtures("cluster")
def test_a_trial_that_kills_its_workers_fails(tmp_path: Path) -> None:
    fatal = tmp_path / "deadly"
    fatal.touch()
    bench = Bench(tmp_path, "fatal", questions=1, fatal=str(fatal))
    ended = ran(bench, RayExecutor(workers=1), cells=bench.experiment.cells[:1])
    assert (ended.done, ended.failed) == (0, 1)
    assert ended.cause.startswith(f"its worker died {RETRIES + 1} times; last: ")
    fatal.unlink()
    again = anyio.run(
        lambda: run(bench.experiment, PARTS, bench.out, executor=RayExecutor(workers=1), retry_failed=True)
    )
    assert (again.done, again.failed) == (3, 0)


@pytest.mark.usefixtures("cluster")
def test_the_budget_of_all_is_set_aside_trial_by_trial(tmp_path: Path, whole: Bench) -> None:
    bench = Bench(tmp_path, "poor")
    with read_store(whole.out) as store:
        needed = store.charged().tokens
    ended = ran(bench, RayExecutor(workers=2), total=Budget(tokens=needed // 2))
    assert ended.spent_out
    assert 0 < ended.charged.tokens <= needed // 2
    ended = ran(bench, RayExecutor(workers=2), total=Budget(tokens=needed + 400))
    assert not ended.spent_out
    assert bench.results() == whole.results()
    assert bench.receipts() == whole.receipts()


@pytest.mark.usefixtures("cluster")
def test_a_budget_that_cells_do_not_have_is_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "refused")
    with pytest.raises(InvalidInputError, match="needs one in every cell"):
        ran(bench, RayExecutor(), total=Budget(dollars=5.0))
    assert not bench.out.exists()


@pytest.mark.usefixtures("cluster")
def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "used")
    bench.out.mkdir()
    with closing(sqlite3.connect(bench.out / "running.lock", isolation_level=None)) as lock:
        lock.execute("begin exclusive")
        with pytest.raises(StoreError, match="another run is using"):
            ran(bench, RayExecutor(workers=1))
