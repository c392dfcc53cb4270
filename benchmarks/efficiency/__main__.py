"""Sample efficiency: what each strategy's tokens buy, against best-of-N on the same problems.

    python -m benchmarks.efficiency                    # runs what is missing, then writes the page
    python -m benchmarks.efficiency --shard 1/2        # half of the problems, for a process on each of two cores
    python -m benchmarks.efficiency --only-write       # writes the page from what has run

Trials are kept in runs/efficiency/; the same command goes on after a kill.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import anyio
import numpy as np

from benchmarks.efficiency.claims import findings
from benchmarks.efficiency.contenders import CELLS, TALKING, Cell
from benchmarks.efficiency.target import TARGETS, Efficiency, Ladder, efficiencies, ladders
from benchmarks.efficiency.trials import Trial, read_trials, run_trials, whole

ROOT = Path(__file__).parents[2]
RUNS = ROOT / "runs" / "efficiency"
PAGE = ROOT / "docs" / "results" / "efficiency.md"


def main() -> None:
    """Run and write."""
    parser = argparse.ArgumentParser(description="What each strategy's tokens buy, against best-of-N.")
    parser.add_argument("--problems", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--cells", type=int, default=len(CELLS), help="only the first so many tasks and levels")
    parser.add_argument("--shard", default="0/1", help="only a share of the problems, as in 1/2: one process a core")
    parser.add_argument("--only-write", action="store_true", help="run nothing")
    asked = parser.parse_args()
    shard, shards = map(int, asked.shard.split("/"))
    if not asked.only_write:
        for cell in CELLS[: asked.cells]:
            file = RUNS / f"{cell.task}-{cell.level}-{shard}-of-{shards}.jsonl"
            anyio.run(run_trials, cell, file, range(shard, asked.problems, shards), range(asked.seeds))
    sections = [section(cell, trials) for cell in CELLS if (trials := _trials(cell))]
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text("\n\n".join([INTRODUCTION, *sections]) + "\n", encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))


INTRODUCTION = """\
# Sample efficiency

Written by `python -m benchmarks.efficiency`. Each strategy runs at a few sizes on the same held-out problems.
*Tokens to target* is what it pays (prompt, completion and verifier tokens) for the accuracy that best-of-2, or
best-of-4, has, over what that one pays, with a 95 % interval from resampled problems; below 1 is better. Between two
sizes accuracy is taken to be linear in the logarithm of tokens. *Not reached*: no size tried is as accurate. Rows named
*dialogue* are answered by `pocket_dialogue` and measured against best-of-N by that model, all others by `pocket`."""


def section(cell: Cell, trials: list[Trial]) -> str:
    """The tables of one task and level."""
    rng = np.random.default_rng(0)
    found = ladders(trials)
    count = next(iter(found.values())).right.shape[1]
    seeds = len({trial.seed for trial in trials})
    return "\n".join([
        f"## {cell}, judged by {cell.verifier}",
        "",
        f"{count} problems, {seeds} seed{'s' if seeds > 1 else ''}.",
        "",
        *_table(found, rng),
        "",
        "### What the papers say, and what is seen here",
        "",
        "| headline | here | seen | if not, why we think so |",
        "| --- | --- | --- | --- |",
        *(
            f"| {one.headline} | {one.measured} | {_word(one.seen)} | {'' if one.seen else one.why} |"
            for one in findings(found, rng)
        ),
    ])  # fmt: skip


def _table(found: dict[str, Ladder], rng: np.random.Generator) -> Iterator[str]:
    yield "| strategy | tokens to the target of best-of-2 | of best-of-4 | sizes tried: accuracy at mean tokens |"
    yield "| --- | --- | --- | --- |"
    first, second = (efficiencies(found, target, rng) for target in TARGETS)
    for name in sorted(first, key=lambda name: (name.startswith(TALKING), _order(second[name]), _order(first[name]))):
        ladder = found[name]
        sizes = ", ".join(
            f"{100 * right:.1f} % at {tokens:,.0f}"
            for right, tokens in zip(ladder.right.mean(axis=1), ladder.tokens.mean(axis=1), strict=True)
        )
        yield f"| {name} | {_shown(first[name])} | {_shown(second[name])} | {sizes} |"


def _order(one: Efficiency) -> tuple[bool, float]:
    return one.ratio is None, one.ratio or -one.reached


def _shown(one: Efficiency) -> str:
    if one.ratio is None:
        return f"not reached (by {100 * one.reached:.0f} % of resamples)"
    if one.low is None:
        return f"{one.ratio:.2f} (reached by {100 * one.reached:.0f} % of resamples)"
    return f"{one.ratio:.2f} [{one.low:.2f}, {one.high:.2f}]"


def _trials(cell: Cell) -> list[Trial]:
    """What all shards have run, but for questions under way."""
    files = sorted(RUNS.glob(f"{cell.task}-{cell.level}-*.jsonl"))
    return whole([trial for file in files for trial in read_trials(file)])


def _word(seen: bool | None) -> str:
    return {True: "yes", False: "no", None: ""}[seen]


if __name__ == "__main__":
    main()
