"""How honest conformal selection and batch prediction are, by simulation: false-discovery rate, power and coverage.

    python -m benchmarks.trust            # ten minutes; writes docs/results/trust.md
    python -m benchmarks.trust --quick    # few worlds, for a first look; writes nothing

What is simulated, the page says.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import asked_quick, machine
from outlay.statistics import (
    batch_mean_interval,
    batch_wrong_interval,
    conformal_selection,
    optimised_conformal_selection,
)

PAGE = Path(__file__).parents[2] / "docs" / "results" / "trust.md"
INTRODUCTION = """\
Written by `python -m benchmarks.trust`. Labelled and new answers are equally many, n of each. An answer is right with
probability 0.6; its scores are normal, and those of right answers are higher by 0.5, 1.0 and 1.5. *One score* is the
last, *three scores* leaves the choice to the data. The shifts change the new answers only: *harder* are right with
probability 0.5, *flattered* score 0.25 higher if wrong. Figures are means over worlds with two standard errors."""
GAPS = (0.5, 1.0, 1.5)
RATE = 0.6
LEVEL = 0.1
CONFIDENCE = 0.9
SEED = 20


@dataclass(frozen=True, slots=True)
class Shift:
    """How new answers differ from labelled ones."""

    name: str
    rate: float = RATE
    flattery: float = 0.0


SHIFTS = (Shift("exchangeable"), Shift("harder", rate=0.5), Shift("flattered", flattery=0.25))


def answers(
    rng: np.random.Generator, n: int, gaps: Sequence[float], rate: float, flattery: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Scores (n, scores) and labels (n,)."""
    right = rng.random(n) < rate
    return rng.normal(size=(n, len(gaps))) + np.outer(right, gaps) + flattery * ~right[:, None], right


def outcome(chosen: NDArray[np.bool_], right: NDArray[np.bool_]) -> tuple[float, float]:
    """The share of wrong answers among those handed out, and of right answers that are."""
    return (chosen & ~right).sum() / max(1, chosen.sum()), (chosen & right).sum() / max(1, right.sum())


def selection_rows(sizes: dict[int, int]) -> list[list[str]]:
    """False-discovery rate and power by size, shift and procedure."""
    rows = []
    for n, worlds in sizes.items():
        for shift in SHIFTS:
            rng = np.random.default_rng([SEED, n])
            one, three = [], []
            for _ in range(worlds):
                scores, right = answers(rng, n, GAPS, RATE)
                new, truth = answers(rng, n, GAPS, shift.rate, shift.flattery)
                one.append(outcome(conformal_selection(scores[:, -1], right, new[:, -1], LEVEL).chosen, truth))
                three.append(outcome(optimised_conformal_selection(scores, right, new, LEVEL, rng).chosen, truth))
            rows.append([str(n), shift.name, *map(mean, zip(*one, strict=True)), *map(mean, zip(*three, strict=True))])
    return rows


def careless_rows(worlds: int) -> list[list[str]]:
    """The score that hands out most, used as if it had been given, beside the optimised choice; scores are noise."""
    rows = []
    for n, candidates in ((50, 5), (50, 20), (200, 20)):
        rng = np.random.default_rng([SEED, n, candidates])
        careless, careful = [], []
        for _ in range(worlds):
            scores, right = answers(rng, n, (0.0,) * candidates, 0.2)
            new, truth = answers(rng, 50, (0.0,) * candidates, 0.2)
            each = [conformal_selection(scores[:, k], right, new[:, k], 0.2).chosen for k in range(candidates)]
            careless.append(outcome(max(each, key=lambda chosen: int(chosen.sum())), truth)[0])
            careful.append(outcome(optimised_conformal_selection(scores, right, new, 0.2, rng).chosen, truth)[0])
        rows.append([str(n), str(candidates), mean(careless), mean(careful)])
    return rows


def batch_rows(sizes: dict[int, int]) -> list[list[str]]:
    """Coverage and width for batches of 20 and 100: the count of wrong answers, and the mean of even scores."""
    rows = []
    for n, worlds in sizes.items():
        for m in (20, 100):
            rng = np.random.default_rng([SEED, n, m])
            found = []
            for _ in range(worlds):
                scores = rng.random(n + m)
                wrong = rng.random(n + m) < 0.3
                count = batch_wrong_interval(~wrong[:n], m, CONFIDENCE)
                average = batch_mean_interval(scores[:n], m, confidence=CONFIDENCE)
                found.append(
                    (
                        count.low <= wrong[n:].sum() <= count.high,
                        (count.high - count.low) / m,
                        average.low <= scores[n:].mean() <= average.high,
                        average.high - average.low,
                    )
                )
            rows.append([str(n), str(m), *map(mean, zip(*found, strict=True))])
    return rows


def mean(values: Sequence[float]) -> str:
    """The mean with two standard errors."""
    return f"{np.mean(values):.3f} ± {2 * np.std(values, ddof=1) / math.sqrt(len(values)):.3f}"


def table(title: str, head: Sequence[str], rows: list[list[str]]) -> str:
    """One table as Markdown."""
    lines = ("| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *rows))
    return "\n".join([f"## {title}", "", *lines])


def main() -> None:
    quick = asked_quick(__doc__)
    sizes = {50: 20, 200: 10} if quick else {50: 2000, 200: 1000, 1000: 200, 2000: 100}
    worlds = ", ".join(f"{count} worlds at n = {n}" for n, count in sizes.items())
    parts = ["# What guarantees are worth", INTRODUCTION, f"{worlds}. {machine()}."]
    head = ["n", "new answers", "FDR, one score", "power", "FDR, three scores", "power"]
    parts.append(table(f"Conformal selection at level {LEVEL}", head, selection_rows(sizes)))
    head = ["n", "scores of noise", "FDR, the one that hands out most", "FDR, optimised"]
    parts.append(
        table("Choosing among scores of noise at level 0.2, 50 new answers", head, careless_rows(20 if quick else 500))
    )
    head = ["n", "batch", "count covered", "width / batch", "mean covered", "width"]
    batches = {n: min(count, 1000) for n, count in sizes.items()}
    parts.append(table(f"Batches at confidence {CONFIDENCE}", head, batch_rows(batches)))
    page = "\n\n".join(parts) + "\n"
    print(page)
    if not quick:
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
