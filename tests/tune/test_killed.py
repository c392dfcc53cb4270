"""A real search that is killed with no warning goes on to the same trials and the same bill."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from outlay.bench.store import read_store
from outlay.cli.parts import PARTS
from outlay.tune.loop import Loop
from outlay.tune.measured import RESULTS
from outlay.tune.plan import load_search
from outlay.tune.study import finished, open_study

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]
KILLS = 2
FILE = """
name = "killed"
tasks = [{name = "countdown", level = 1}]
models = ["simulated(pass_rate=0.5)", "simulated(pass_rate=0.2)"]
verifiers = ["exact"]
questions = 4
held_out = 0
trials = 8
start = ["greedy", "best_of_n(n=2)", "self_consistency(n=4)"]
sampler = "infinite_width"
space = ["greedy", {name = "best_of_n", n = {from = 1, to = 6}}, {name = "self_consistency", n = [1, 2, 4]}]
"""


def kill(file: Path, out: Path, rng: np.random.Generator) -> None:
    """Search in a process of its own, and kill it a moment after it has told of some trials."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from outlay.cli.main import main; main()", "tune", str(file), "--out", str(out)],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    assert process.stderr is not None
    with process.stderr as told:
        for _ in range(int(rng.integers(1, 3))):
            assert told.readline()
        time.sleep(rng.uniform(0, 0.1))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "it had ended before: more trials are needed"


def trials(study: Any) -> list[object]:
    return [(one.params, one.values, one.user_attrs["right"]) for one in finished(study)]


async def finish(file: Path, out: Path) -> tuple[list[object], int]:
    search = load_search(file, PARTS)
    study = open_study(out, search.name)
    await Loop(search, PARTS, out, study, lambda _: None).run()
    with read_store(out / RESULTS) as store:
        return trials(study), store.charged().tokens


async def test_a_killed_process_goes_on_to_the_same_trials_and_the_same_bill(tmp_path: Path) -> None:
    file, rng = tmp_path / "search.toml", np.random.default_rng(5)
    file.write_text(FILE)
    for _ in range(KILLS):
        kill(file, tmp_path / "killed", rng)
    before = trials(open_study(tmp_path / "killed", "killed"))
    assert 0 < len(before) < 8
    found = await finish(file, tmp_path / "killed")
    assert found == await finish(file, tmp_path / "whole")
    assert found[0][: len(before)] == before
