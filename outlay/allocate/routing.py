"""Choosing among models of different cost: cascades, routing under limits, and many of the small against one large.

Costs are in dollars, seconds and joules (papers 26, 70 and 105). A cascade asks the cheapest model first and goes on to
the next while the answer's confidence is below that model's threshold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from outlay.statistics import Comparison, compare_paired

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
LEVELS = 9
"""Thresholds tried for each model: quantiles of its confidence, besides never and always going on."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one answer costs, and what an amount of each is worth.

    Attributes:
        dollars: of an answer, or a weight on dollars.
        seconds: likewise.
        joules: likewise.
    """

    dollars: float = 0.0
    seconds: float = 0.0
    joules: float = 0.0

    def __post_init__(self) -> None:
        if min(self.dollars, self.seconds, self.joules) < 0:
            raise ValueError(f"costs must be 0 or above; got {self}")

    def weighed(self, weights: "Price") -> float:
        """One number: each amount times its weight."""
        return self.dollars * weights.dollars + self.seconds * weights.seconds + self.joules * weights.joules

    def within(self, limits: "Price") -> bool:
        """Whether no amount passes its limit."""
        return self.dollars <= limits.dollars and self.seconds <= limits.seconds and self.joules <= limits.joules


@dataclass(frozen=True, slots=True, eq=False)
class Cascade:
    """Models in the order asked, and when each one's answer is kept.

    Attributes:
        thresholds: (models - 1,) confidence from which the answer is kept; the last model's always is.
        accuracy: on what it was fitted to.
        cost: mean there, weighed.
    """

    thresholds: tuple[float, ...]
    accuracy: float
    cost: float

    def stops(self, confidence: FloatArray) -> IntArray:
        """(models, n) confidences -> (n,) the model whose answer is kept."""
        kept = np.vstack(
            [confidence[:-1] >= np.array(self.thresholds)[:, None], np.ones(confidence.shape[1], np.bool_)]
        )
        return np.asarray(kept.argmax(axis=0), np.int64)


def fit_cascade(correct: FloatArray, confidence: FloatArray, costs: Sequence[float], price: float) -> Cascade:
    """The thresholds with the most accuracy less price times cost, among all combinations of a few levels.

    Args:
        correct: (models, n) 1 where a model's answer is right.
        confidence: (models, n) that it gives its answers.
        costs: of an answer of each model, weighed.
        price: accuracy for a unit of cost, 0 or above.

    Raises:
        ValueError: if shapes differ, there are fewer than two models, or the price is below 0.
    """
    models = len(costs)
    if correct.shape != confidence.shape or correct.shape[0] != models or models < 2 or price < 0:
        raise ValueError(
            f"needs (models, n) for two models or more and a price; got {correct.shape}, {confidence.shape}"
        )
    shares = np.linspace(0, 1, LEVELS + 2)[1:-1]
    levels = [(-np.inf, *np.quantile(one, shares).tolist(), np.inf) for one in confidence[:-1]]
    upto, rows = np.cumsum(costs), np.arange(correct.shape[1])
    best: Cascade | None = None
    for thresholds in product(*levels):
        stop = Cascade(thresholds, 0.0, 0.0).stops(confidence)
        found = Cascade(thresholds, float(correct[stop, rows].mean()), float(upto[stop].mean()))
        if best is None or found.accuracy - price * found.cost > best.accuracy - price * best.cost + 1e-12:
            best = found
    assert best is not None  # noqa: S101 (there is always a combination)
    return best


def route(chances: FloatArray, prices: Sequence[Price], weights: Price, limits: Price) -> IntArray:
    """For each question the model of the best chance less weighed cost, among those within the limits.

    Args:
        chances: (models, n) predicted chances of a right answer.
        prices: of an answer of each model.
        weights: accuracy for a unit of each cost.
        limits: of one answer; infinite where there is none.

    Raises:
        ValueError: if no model keeps to the limits, or the shapes differ.
    """
    if chances.ndim != 2 or len(chances) != len(prices):
        raise ValueError(f"needs (models, n) chances and a price a model; got {chances.shape} and {len(prices)}")
    allowed = np.array([one.within(limits) for one in prices])
    if not allowed.any():
        raise ValueError("no model keeps to the limits")
    worth = chances - np.array([one.weighed(weights) for one in prices])[:, None]
    return np.asarray(np.where(allowed[:, None], worth, -np.inf).argmax(axis=0), np.int64)


@dataclass(frozen=True, slots=True)
class Matched:
    """A small model many times against a large one once, at equal cost.

    Attributes:
        samples: of the small model that one answer of the large one pays for.
        comparison: accuracy of the small less that of the large, paired by problem.
    """

    samples: int
    comparison: Comparison


def small_or_large(
    small: FloatArray, sizes: Sequence[int], small_cost: float, large: FloatArray, large_cost: float
) -> Matched:
    """At the largest number of the small model's samples that costs no more than one answer of the large model.

    Args:
        small: (sizes, problems) accuracy of so many samples.
        sizes: numbers of samples, rising.
        small_cost: of one sample.
        large: (problems,) accuracy of one answer.
        large_cost: of it.

    Raises:
        ValueError: if not even the fewest samples cost as little, or the shapes differ.
    """
    affordable = [place for place, n in enumerate(sizes) if n * small_cost <= large_cost * (1 + 1e-9)]
    if not affordable or small.shape != (len(sizes), len(large)):
        raise ValueError(f"one answer for {large_cost:g} pays for no samples of {small_cost:g}, or shapes differ")
    place = affordable[-1]
    return Matched(sizes[place], compare_paired(small[place], large))
