"""Samplers of ``outlay tune`` side by side, on outcomes of real samples that were computed beforehand.

Give the pools, drawn by ``outlay pool sample ... --verifier process_reward``. All samplers meet the same table, and
each seed is a search of its own.
"""

import argparse
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import optuna
from threadpoolctl import threadpool_limits

from benchmarks.measuring import machine
from benchmarks.surrogates.table import Table, tabulate
from outlay.pools import Pool
from outlay.statistics import mean_interval
from outlay.tune.study import DIRECTIONS, finished, sampler_of

PAGE = Path("docs/results/surrogates.md")
SAMPLERS = ("random", "tpe", "nsga", "gaussian_process", "ensemble", "infinite_width")
AFTER = (10, 20, 40)
INTRODUCTION = """\
Written by `python -m benchmarks.surrogates POOL`. A trial looks up what a selection makes of n samples of a pool
(`outlay pool evaluate`): the accuracy and the mean tokens over all problems. The figure is the area that the trials
dominate, in accuracy and the logarithm of tokens, as a share of what all candidates together dominate: 1 is the whole
front. Means over searches with other seeds, with 95% intervals by Student's t; the difference is to `random` with the
same seed, after the last trials. All draw their first six trials at random. The surrogates never try a candidate
twice; the others may. Seconds are processor time of one thread for one suggestion, on average."""


def search(sampler: str, table: Table, seed: int, trials: int) -> tuple[list[tuple[float, float]], float]:
    """The outcomes of so many trials in their order, and the processor time of a suggestion."""
    study = optuna.create_study(directions=DIRECTIONS)
    spent = 0.0
    for _ in range(trials):
        begun = time.process_time()
        study.sampler = sampler_of(sampler, seed, len(finished(study)), table.draw)
        trial = study.ask()
        found = table.draw(trial)
        spent += time.process_time() - begun
        study.tell(trial, found)
    return [tuple(one.values) for one in finished(study)], spent / trials


def rows(table: Table, seeds: int, after: tuple[int, ...]) -> list[list[str]]:
    """One row for each sampler."""
    shares: dict[tuple[str, int], list[float]] = defaultdict(list)
    spent: dict[str, list[float]] = defaultdict(list)
    for seed in range(seeds):
        for sampler in SAMPLERS:
            outcomes, seconds = search(sampler, table, seed, after[-1])
            spent[sampler].append(seconds)
            for trials in after:
                shares[sampler, trials].append(table.share(outcomes[:trials]))
    found = []
    for sampler in SAMPLERS:
        cells = [_interval(shares[sampler, trials]) for trials in after]
        gain = np.array(shares[sampler, after[-1]]) - np.array(shares["random", after[-1]])
        cells.append("" if sampler == "random" else _interval(gain.tolist()))
        found.append([f"`{sampler}`", *cells, f"{np.mean(spent[sampler]):.3f}"])
    return found


def _interval(values: list[float]) -> str:
    mean, low, high = mean_interval(np.array(values))
    return f"{mean:.3f} ({low:.3f} to {high:.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pool", type=Path, help="the pool, of one exam or of several joined")
    parser.add_argument("--seeds", type=int, default=20, help="searches of each sampler")
    parser.add_argument("--quick", action="store_true", help="two searches of 10 trials, and no page")
    given = parser.parse_args()
    after = AFTER[:1] if given.quick else AFTER
    pool = Pool.open(given.pool)
    with threadpool_limits(1):
        table = tabulate(pool, range(1, 33, 5) if given.quick else range(1, 33))
        lines = rows(table, 2 if given.quick else given.seeds, after)
    head = ["sampler", *(f"after {trials}" for trials in after), "difference", "seconds"]
    exams = sorted({(row.task, row.level) for row in pool.problems(["task", "level"])})
    held = f"{', '.join(f'{task} {level}' for task, level in exams)}, {pool.samples:,} samples ({pool.manifest.source})"
    seeds = 2 if given.quick else given.seeds
    parts = ["# Samplers of a search", INTRODUCTION, f"{len(table.outcomes)} candidates; {seeds} searches; {held}."]
    parts += [machine() + ".", "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *lines))]
    page = "\n\n".join(parts) + "\n"
    print(page)
    if not given.quick:
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
