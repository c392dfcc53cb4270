"""What allocation could reach at best: with every problem's accuracy known, and with every answer's."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
STEPS = 60
"""Halvings of the price's range."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """How a budget is split over problems.

    Attributes:
        size: (problems,) which of the sizes each is given.
        accuracy: mean of what they come to.
        cost: mean of what they cost.
    """

    size: IntArray
    accuracy: float
    cost: float


def best_split(values: FloatArray, costs: FloatArray, budget: float) -> Split:
    """The split of the largest total value within a mean cost, for known values (Everett 1963, one price for all).

    Each problem takes the size that is worth most at the price; the price is the lowest that keeps to the budget. What
    is left over is less than one problem's step.

    Args:
        values: (sizes, problems) what each size is worth on each problem.
        costs: (sizes, problems), above 0.
        budget: mean cost of a problem.

    Raises:
        ValueError: if not even the cheapest sizes fit, or the shapes differ.
    """
    _check(values, costs)
    if costs.min(axis=0).mean() > budget:
        raise ValueError(f"the cheapest sizes cost {costs.min(axis=0).mean():g} on average; got a budget of {budget:g}")
    return _search(values, costs, lambda split: split.cost > budget, keep_high=True)


def cheapest_split(values: FloatArray, costs: FloatArray, target: float) -> Split:
    """The cheapest split with a mean value of at least a target; arguments as for ``best_split``.

    Raises:
        ValueError: if the target is beyond the best sizes, or the shapes differ.
    """
    _check(values, costs)
    if values.max(axis=0).mean() < target - 1e-12:
        raise ValueError(f"the best sizes come to {values.max(axis=0).mean():g}; got a target of {target:g}")
    return _search(values, costs, lambda split: split.accuracy >= target - 1e-12, keep_high=False)


def first_right(correct: FloatArray, tokens: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Stopping with the answers known: at the first stage that is right, or at once where none is.

    No policy with these stages gets more accuracy for its tokens.

    Args:
        correct: (stages, paths) 1 where the answer is right.
        tokens: (stages, paths).

    Returns:
        (paths,) correctness and (paths,) tokens.
    """
    ever = correct.max(axis=0) > 0
    stage = np.where(ever, np.argmax(correct > 0, axis=0), 0)
    rows = np.arange(correct.shape[1])
    return correct[stage, rows], tokens[stage, rows]


def _search(values: FloatArray, costs: FloatArray, higher: Callable[[Split], bool], keep_high: bool) -> Split:
    """The split at the price where ``higher``, which says that the price may rise, turns; on the side that is kept."""
    low, high = 0.0, float((values.max() - values.min() + 1) / costs.min())
    kept = _at(values, costs, high if keep_high else low)
    if keep_high and not higher(free := _at(values, costs, low)):
        return free
    for _ in range(STEPS):
        price = (low + high) / 2
        split = _at(values, costs, price)
        rises = higher(split)
        low, high = (price, high) if rises else (low, price)
        if rises != keep_high:
            kept = split
    return kept


def _at(values: FloatArray, costs: FloatArray, price: float) -> Split:
    """Of equals the cheaper."""
    worth = values - price * costs
    best = worth.max(axis=0)
    size = np.argmin(np.where(worth >= best - 1e-12, costs, np.inf), axis=0)
    rows = np.arange(values.shape[1])
    return Split(size, float(values[size, rows].mean()), float(costs[size, rows].mean()))


def _check(values: FloatArray, costs: FloatArray) -> None:
    if values.ndim != 2 or values.shape != costs.shape or not (costs > 0).all():
        raise ValueError(f"needs values and costs (sizes, problems) above 0; got {values.shape} and {costs.shape}")
