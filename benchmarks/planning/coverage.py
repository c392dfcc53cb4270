"""Plans made from small pilots, held against problems that the pilots did not have."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from outlay.allocate.pilot import measure
from outlay.allocate.planning import Option, Pick, best_within, cheapest, honest, options
from outlay.allocate.replay import graded_count, walk
from outlay.allocate.rules import Choose
from outlay.pools.problem_samples import ProblemSamples
from outlay.statistics import wilson_interval

PILOT = (30, 16)
"""Problems of a pilot, and samples of each."""
SAMPLES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
"""Budgets: what so many samples of a question take without a judge."""
SLACK = 1.1
"""Times that, since a pilot's problems may have longer answers."""
TARGETS = (0.0, 0.5)
"""Accuracies asked for: so far from what one sample has on the pilot to the best in reach."""
CONFIDENCE = 0.95
INTRODUCTION = f"""\
# How far plans hold

Written by `python -m benchmarks.planning`. Each split draws a pilot of {PILOT[0]} problems with {PILOT[1]} samples
each, plans with it, and measures what was chosen on all problems that the pilot did not have, each answered once.
Intervals are {100 * CONFIDENCE:g} % prediction intervals for so many fresh problems. A target of s lies a share s of
the way from the accuracy of one sample to the best in the pilot's reach.

Splits of one pool share its problems, so the shares of one row hang together, and the intervals behind *covered*, which
count splits as independent, are too narrow."""


@dataclass(slots=True)
class Cell:
    """One task and level with one budget or target.

    Attributes:
        exam: task and level.
        asked: budget or target.
        covered: for each split whether the measured accuracy was in the interval.
        predicted: what was predicted.
        measured: what came.
        widths: of the intervals.
        fresh: problems that were measured on.
    """

    exam: str
    asked: str
    covered: list[bool] = field(default_factory=list)
    predicted: list[float] = field(default_factory=list)
    measured: list[float] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    fresh: int = 0

    def add(self, chosen: Option, share: float, fresh: int) -> None:
        """What one split came to."""
        self.fresh = fresh
        self.covered.append(bool(chosen.accuracy.low <= share <= chosen.accuracy.high))
        self.predicted.append(chosen.accuracy.estimate)
        self.measured.append(share)
        self.widths.append(chosen.accuracy.high - chosen.accuracy.low)


def cells_of(exam: str, problems: Sequence[ProblemSamples], judge: str, splits: int) -> list[Cell]:
    """All cells of one task and level; each split draws another pilot and measures on all other problems."""
    found = {
        name: Cell(exam, name)
        for name in (*(f"tokens of {n} samples" for n in SAMPLES), *(f"target {share:g}" for share in TARGETS))
    }
    sample = float(np.mean([np.mean(one.completion_tokens) for one in problems if one.completion_tokens is not None]))
    prompt = float(np.mean([one.prompt_tokens[0] for one in problems if one.prompt_tokens is not None]))
    for split in range(splits):
        rng = np.random.default_rng(split)
        order = rng.permutation(len(problems))
        pilot = [_cut(problems[i], rng) for i in order[: PILOT[0]]]
        fresh = [problems[i] for i in order[PILOT[0] :]]
        measured = measure(pilot, judge, orders=8, seed=split)
        ways = options(measured, len(fresh), rng, confidence=CONFIDENCE)
        single = ways[0].accuracy.estimate
        most = max(one.accuracy.estimate for one in ways)
        picks: dict[str, Pick] = {
            f"tokens of {n} samples": partial(best_within, cost=SLACK * (prompt + n * sample)) for n in SAMPLES
        }
        picks |= {f"target {share:g}": partial(cheapest, target=single + share * (most - single)) for share in TARGETS}
        shares: dict[str, float] = {}
        for name, pick in picks.items():
            chosen = honest(measured, pick, pick(ways), len(fresh), CONFIDENCE)
            if chosen.strategy not in shares:
                shares[chosen.strategy] = _share(chosen, fresh, judge, split)
            found[name].add(chosen, shares[chosen.strategy], len(fresh))
    return list(found.values())


def coverage_page(cells: Sequence[Cell], where: str) -> str:
    """The page."""
    covered = [hit for cell in cells for hit in cell.covered]
    of_cells = [float(np.mean(cell.covered)) for cell in cells]
    total = float(np.mean(covered))
    rows = [("task and level", "asked", "predicted", "measured", "mean miss", "interval +-", "fresh", "covered")]
    for cell in cells:
        gap = np.array(cell.measured) - np.array(cell.predicted)
        share = wilson_interval(sum(cell.covered), len(cell.covered))
        rows.append((
            cell.exam, cell.asked, f"{100 * np.mean(cell.predicted):.1f}", f"{100 * np.mean(cell.measured):.1f}",
            f"{100 * gap.mean():+.1f}", f"{50 * np.mean(cell.widths):.1f}", str(cell.fresh),
            f"{100 * share.estimate:.0f} % [{100 * share.low:.0f}, {100 * share.high:.0f}]",
        ))  # fmt: skip
    table = ["| " + " | ".join(row) + " |" for row in rows]
    table.insert(1, "| --- | --- |" + " ---: |" * (len(rows[0]) - 2))
    total_line = (
        f"**{len(cells)} cells, {len(covered)} predictions: {100 * total:.1f} % covered; the median cell "
        f"{100 * float(np.median(of_cells)):.0f} %, the worst {100 * min(of_cells):.0f} %.**"
    )
    return "\n\n".join([INTRODUCTION, total_line, "\n".join(table), f"{where}."]) + "\n"


def _cut(problem: ProblemSamples, rng: np.random.Generator) -> ProblemSamples:
    return problem.take(rng.permutation(graded_count(problem))[: PILOT[1]])


def _share(chosen: Option, fresh: Sequence[ProblemSamples], judge: str, split: int) -> float:
    """Of the fresh problems that are answered right, each once."""
    choose = Choose(chosen.strategy.partition("(")[0])
    paths = walk(fresh, (chosen.n,), choose, judge if choose.judged else "", orders=1, seed=1000 + split)
    return float(paths.correct[0].mean())
