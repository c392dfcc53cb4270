"""Held-out curves of pools of the pocket model: pilots of few samples, the whole pool as truth."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.extrapolation.worlds import AHEAD, Case
from outlay.laws.pool_curves import coverage_curves, selection_curves
from outlay.pools import Pool, PoolWriter
from outlay.pools.evaluation import Exam

RUNS = Path(__file__).parents[2] / "runs"
FOLDER = RUNS / "extrapolation"
DRAWN = {"task": "countdown", "level": 2, "questions": 200, "n": 64, "seed": 5}
"""A pool that is drawn for this."""
RUN = RUNS / "learned-judge"
"""A run of ``make results`` whose samples are taken too: 200 questions of two exams, 32 samples each."""
SHARED = RUNS / "pools"
"""The pools of ``make pools``: 64 samples of 200 problems of an exam each."""
PROBLEMS = 50
"""Of a pilot."""
PILOTS = 2
"""Of each exam and number of samples."""


def make_pools() -> list[Path]:
    """The pools, made by the command line where they are not there yet; those of others only if they are there."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    drawn, taken = FOLDER / "countdown-2.parquet", FOLDER / f"{RUN.name}.parquet"
    if not drawn.exists():
        _outlay("sample", *(part for name, value in DRAWN.items() for part in (f"--{name}", value)), "--out", drawn)
    if not taken.exists() and RUN.is_dir():
        _outlay("from-run", RUN, taken)
    return [path for path in (drawn, taken, *sorted(SHARED.glob("*-*.parquet"))) if path.exists()]


def pool_cases(paths: Sequence[Path], pilots: int, folder: Path) -> Iterator[Case]:
    """Coverage and majority votes, from 4 and from 8 samples where the pool has eight times as many."""
    exams = [(path, exam, curve) for path in paths for exam, curve in coverage_curves(Pool.open(path)).items()]
    for cluster, (path, exam, whole) in enumerate(exams):
        pool = Pool.open(path)
        votes = selection_curves(pool, ["self_consistency"])[exam, "self_consistency"]
        for number in range(pilots):
            rows = np.random.default_rng([cluster, number]).choice(len(whole.values), PROBLEMS, replace=False)
            for samples in (4, 8):
                budget = AHEAD * samples
                if budget > whole.budgets[-1]:
                    continue
                place, name = int(np.searchsorted(whole.budgets, budget)), f"{path.stem} {exam} {number} {samples}"
                pilot = whole.of(rows).upto(samples)
                yield Case("pocket model: coverage", name, cluster, pilot, budget, float(whole.mean[place]))
                seen = _cut(pool, exam, set(rows.tolist()), samples, folder / "pilot.parquet")
                pilot = selection_curves(seen, ["self_consistency"])[exam, "self_consistency"]
                yield Case("pocket model: majority votes", name, cluster, pilot, budget, float(votes.mean[place]))


def _outlay(*arguments: object) -> None:
    program = "from outlay.cli.main import main; main()"
    subprocess.run([sys.executable, "-c", program, "pool", *map(str, arguments)], check=True)


def _cut(pool: Pool, exam: Exam, rows: set[int], samples: int, path: Path) -> Pool:
    """Some problems of an exam with their first samples."""
    position = 0
    with PoolWriter(path, pool.manifest) as writer:
        for problem in pool.problems(["vote", "value", "correct"]):
            if Exam(problem.task, problem.level, problem.model) == exam:
                if position in rows:
                    writer.write(problem.take(np.arange(samples)))
                position += 1
    return Pool.open(path)
