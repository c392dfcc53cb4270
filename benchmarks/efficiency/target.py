"""Tokens that a strategy needs for a target accuracy, against the baseline on the same problems."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.efficiency.contenders import BASELINE, CONTENDERS, TALKING
from benchmarks.efficiency.trials import Trial

FloatArray = NDArray[np.float64]
RESAMPLES = 2000
TARGETS = ("best_of_n(n=2)", "best_of_n(n=4)")
"""The accuracies of these are the targets."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """A contender's sizes on the problems of a cell.

    Attributes:
        sizes: as they could be typed.
        tokens: (sizes, problems), mean over seeds.
        right: (sizes, problems), share of seeds with a right answer.
        samples: (sizes, problems), mean over seeds.
    """

    sizes: tuple[str, ...]
    tokens: FloatArray
    right: FloatArray
    samples: FloatArray


@dataclass(frozen=True, slots=True)
class Efficiency:
    """What a contender needs, relative to the baseline.

    Attributes:
        ratio: its tokens over the baseline's at the target accuracy; None if it does not reach it.
        low: of the 95% interval, from resampled problems; None if under 97.5% of the resamples reach the target.
        high: likewise.
        reached: share of resamples in which it reaches the target.
    """

    ratio: float | None
    low: float | None
    high: float | None
    reached: float


def ladders(trials: Sequence[Trial]) -> dict[str, Ladder]:
    """The sizes that ran on every problem and seed, by contender."""
    rows: dict[tuple[str, str], dict[tuple[int, int], Trial]] = {}
    for trial in trials:
        rows.setdefault((trial.contender, trial.strategy), {})[trial.problem, trial.seed] = trial
    whole = max(map(len, rows.values()), default=0)
    found = {}
    for contender in CONTENDERS:
        sizes = tuple(one for one in contender.sizes if len(rows.get((contender.name, one), {})) == whole)
        if sizes:
            cells = [rows[contender.name, size] for size in sizes]
            found[contender.name] = Ladder(
                sizes,
                _by_problem(cells, "tokens"), _by_problem(cells, "correct"), _by_problem(cells, "samples"),
            )  # fmt: skip
    return found


def tokens_at(ladder: Ladder, picked: NDArray[np.int64], target: float) -> float:
    """Tokens at which accuracy reaches the target on the picked problems; infinity if it never does.

    Between two sizes accuracy is taken to be linear in the logarithm of tokens; what comes before the smallest size
    is not guessed.
    """
    tokens, right = ladder.tokens[:, picked].mean(axis=1), ladder.right[:, picked].mean(axis=1)
    order = np.argsort(tokens)
    tokens, right = tokens[order], right[order]
    above = np.flatnonzero(right >= target)
    if not len(above):
        return float("inf")
    first = int(above[0])
    if first == 0:
        return float(tokens[0])
    share = (target - right[first - 1]) / (right[first] - right[first - 1])
    return float(np.exp(np.log(tokens[first - 1]) + share * np.log(tokens[first] / tokens[first - 1])))


def efficiencies(found: Mapping[str, Ladder], target: str, rng: np.random.Generator) -> dict[str, Efficiency]:
    """Every contender against best-of-N by the same model, at the accuracy that this has at the size ``target``."""
    count = found[BASELINE].right.shape[1]
    picks = [np.arange(count), *(rng.integers(0, count, count) for _ in range(RESAMPLES))]
    result = {}
    for name, ladder in found.items():
        base = found.get(f"{TALKING}{BASELINE}" if name.startswith(TALKING) else BASELINE)
        if base is None or target not in base.sizes:
            continue
        ratios = np.array([_ratio(ladder, base, base.sizes.index(target), picked) for picked in picks])
        low, high = np.quantile(ratios[1:], [0.025, 0.975], method="nearest")
        result[name] = Efficiency(
            float(ratios[0]) if np.isfinite(ratios[0]) else None,
            float(low) if np.isfinite(high) else None, float(high) if np.isfinite(high) else None,
            float(np.isfinite(ratios[1:]).mean()),
        )  # fmt: skip
    return result


def difference(one: FloatArray, other: FloatArray, rng: np.random.Generator) -> tuple[float, float, float]:
    """Mean of paired differences (problems,) with its 95% bootstrap interval."""
    gaps = one - other
    means = gaps[rng.integers(0, len(gaps), (RESAMPLES, len(gaps)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(gaps.mean()), float(low), float(high)


def _ratio(ladder: Ladder, base: Ladder, place: int, picked: NDArray[np.int64]) -> float:
    target = float(base.right[place, picked].mean())
    return tokens_at(ladder, picked, target) / float(base.tokens[place, picked].mean())


def _by_problem(cells: Sequence[Mapping[tuple[int, int], Trial]], name: str) -> FloatArray:
    numbers = sorted({problem for problem, _ in cells[0]})
    seeds = sorted({seed for _, seed in cells[0]})
    return np.array(
        [[np.mean([getattr(cell[number, seed], name) for seed in seeds]) for number in numbers] for cell in cells]
    )
