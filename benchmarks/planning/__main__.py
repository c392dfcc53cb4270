"""How often the predictions of outlay plan hold, and what fitted policies save, on held-out problems of given pools.

    python -m benchmarks.planning runs/pools/*.parquet            # writes docs/results/planning.md and allocation.md
    python -m benchmarks.planning --quick runs/pools/*.parquet    # few splits, writes nothing

A pool holds one task and level, graded and judged: outlay pool sample --verifier process_reward.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measuring import machine
from benchmarks.planning.coverage import Cell, cells_of, coverage_page
from benchmarks.planning.policies import policies_page
from outlay.allocate.replay import read_problems
from outlay.pools import Pool
from outlay.pools.problem_samples import ProblemSamples

RESULTS = Path(__file__).parents[2] / "docs" / "results"
JUDGE = "process_reward"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description="Coverage of plans and savings of policies.")
    parser.add_argument("pools", type=Path, nargs="+")
    parser.add_argument("--quick", action="store_true", help="few splits; writes nothing")
    parser.add_argument("--splits", type=int, default=20, help="pilots drawn from each pool")
    parser.add_argument("--only", choices=("planning", "allocation"), help="one page only")
    asked = parser.parse_args()
    held: dict[str, Sequence[ProblemSamples]] = {}
    for path in asked.pools:
        problems = read_problems([Pool.open(path)], JUDGE)
        held[f"{problems[0].task} {problems[0].level}"] = problems
    pages: dict[str, str] = {}
    if asked.only != "allocation":
        cells: list[Cell] = []
        for name, problems in held.items():
            cells += cells_of(name, problems, JUDGE, splits=3 if asked.quick else asked.splits)
        pages["planning"] = coverage_page(cells, machine())
    if asked.only != "planning":
        pages["allocation"] = policies_page(held, JUDGE, machine())
    for name, page in pages.items():
        print(page)
        if not asked.quick:
            (RESULTS / f"{name}.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
