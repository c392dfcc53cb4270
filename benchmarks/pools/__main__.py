"""What a pool of a million samples takes to write and to evaluate: wall time and peak memory, a process for each.

python -m benchmarks.pools            # some minutes; writes docs/results/pools.md
python -m benchmarks.pools --quick    # a hundredth of the samples; writes nothing
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from benchmarks.measuring import asked_quick, machine

PAGE = Path(__file__).parents[2] / "docs" / "results" / "pools.md"
INTRODUCTION = """\
Written by `python -m benchmarks.pools`. Each line is a process of its own, imports included; memory is its peak
resident set. Where the load average is above the number of cores, wall times say more of the machine than of the code.
The samples are made up: answers that agree, scores that rank a little, three to eight steps each, 120 letters of text.
*Evaluating* is ten selections at every power of two up to the pool's size and at the size itself, with intervals, costs
and paired differences. Aims: below one minute, well below 1 GB. The simulation error is the largest of any row, in
points."""
SELECTIONS = (
    "single", "coverage", "self_consistency", "best_of_n", "best_of_n(aggregate=min)", "weighted_vote",
    "best_of_majority", "perplexity_consistency(prune=false)", "shortest", "first_finish",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a pool is."""

    problems: int
    samples: int

    def __str__(self) -> str:
        return f"{self.problems:,} x {self.samples:,}"


def measured(*arguments: object) -> dict[str, float]:
    """What a process of its own says of one task."""
    command = [sys.executable, "-m", "benchmarks.pools.task", *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def rows(shape: Shape, folder: Path) -> list[list[str]]:
    """Lines for writing, reading and evaluating a pool of one shape."""
    path = folder / "pool.parquet"
    found = []
    for task, what in (("write", "writing"), ("read", "reading all columns"), ("evaluate", "evaluating")):
        run = measured(task, path, shape.problems, shape.samples, *SELECTIONS)
        told = ""
        if task == "write":
            told = f"{path.stat().st_size / 1e6:,.0f} MB on disk"
        if task == "evaluate":
            told = f"{run['rows']:.0f} rows, simulation error {100 * run['error']:.2f}"
        figures = (f"{run['processor']:.1f}", f"{run['seconds']:.1f}", f"{run['megabytes']:,.0f}")
        found.append([str(shape), what, *figures, told])
    path.unlink()
    return found


def main() -> None:
    quick = asked_quick(__doc__)
    shapes = [Shape(100, 100)] if quick else [Shape(1000, 1000), Shape(100, 10_000), Shape(30, 64)]
    head = ["problems x samples", "task", "processor time (s)", "wall time (s)", "peak memory (MB)", ""]
    with tempfile.TemporaryDirectory() as folder:
        lines = [line for shape in shapes for line in rows(shape, Path(folder))]
    table = "\n".join("| " + " | ".join(line) + " |" for line in (head, ["---", "---", *["---:"] * 3, "---"], *lines))
    load = f"{machine()}, pyarrow {pa.__version__}; load average {os.getloadavg()[1]:.1f} at the end"
    page = "\n\n".join(["# Pools", INTRODUCTION, f"{load}.", table]) + "\n"
    print(page)
    if not quick:
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
