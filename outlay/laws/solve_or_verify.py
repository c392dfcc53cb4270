"""Solve more or verify more: what S solutions with V verifications each give, and the best split (paper 47).

A solution costs one unit and a verification ``price`` units, so that S solutions with V verifications each cost
S (1 + price V). V = 0 is a vote; with V > 0 the solution with the best mean verification is taken.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.core.errors import InvalidInputError
from outlay.laws.curve import FloatArray, IntArray
from outlay.statistics import Interval

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Verified:
    """Problems with as many solutions each, and as many verifications of each solution.

    Attributes:
        answers: (problems, n) numbers that are the same for equal answers of a problem; below 0 where there is none.
        right: (problems, n).
        scores: (problems, n, verifications) in [0, 1].
        price: of a verification, in solutions.
    """

    answers: IntArray
    right: BoolArray
    scores: FloatArray
    price: float

    def __post_init__(self) -> None:
        if self.answers.shape != self.right.shape or self.scores.shape[:2] != self.right.shape or self.scores.ndim != 3:
            raise ValueError(
                "needs answers and right (problems, n) and scores (problems, n, verifications); "
                f"got {self.answers.shape}, {self.right.shape}, {self.scores.shape}"
            )
        if not self.price > 0:
            raise ValueError(f"price must be above 0; got {self.price}")


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Accuracy for numbers of solutions and verifications.

    Attributes:
        solutions: (s,) numbers S.
        verifications: (v,) numbers V; the first is 0, the vote.
        values: (problems, s, v), the probability of a right answer.
        price: of a verification, in solutions.
    """

    solutions: IntArray
    verifications: IntArray
    values: FloatArray
    price: float

    @property
    def costs(self) -> FloatArray:
        """(s, v) in solutions."""
        return np.asarray(self.solutions[:, None] * (1 + self.price * self.verifications[None, :]), np.float64)

    @property
    def mean(self) -> FloatArray:
        """(s, v) accuracy over all problems."""
        return np.asarray(self.values.mean(axis=0), np.float64)


def measured_grid(
    data: Verified, solutions: Sequence[int], verifications: Sequence[int], rng: np.random.Generator, draws: int = 100
) -> Grid:
    """Accuracies from sub-samples of solutions and verifications, the same for every cell of the grid.

    Raises:
        InvalidInputError: if more solutions or verifications are asked for than there are.
    """
    problems, n, most = data.scores.shape
    sizes, checks = np.array(sorted(solutions)), np.array([0, *sorted(set(verifications) - {0})])
    if sizes[0] < 1 or sizes[-1] > n or checks[-1] > most:
        raise InvalidInputError(
            f"solve or verify: there are {n} solutions and {most} verifications; got {sizes[-1]} and {checks[-1]}"
        )
    values = np.zeros((problems, len(sizes), len(checks)))
    for _ in range(draws):
        order, turns = rng.permutation(n), rng.permutation(most)
        running = np.cumsum(data.scores[:, order][:, :, turns], axis=2)
        right, answers = data.right[:, order], data.answers[:, order]
        for row, size in enumerate(sizes):
            values[:, row, 0] += _voted(answers[:, :size], right[:, :size])
            for column, count in enumerate(checks[1:], start=1):
                values[:, row, column] += _chosen(running[:, :size, count - 1], right[:, :size])
    return Grid(sizes, checks, values / draws, data.price)


@dataclass(frozen=True, slots=True)
class Frontier:
    """How the best split grows with the budget C: S ~ C^a, V ~ C^b.

    Attributes:
        budgets: in solutions.
        solutions: the best S for each.
        verifications: the best V for each; 0 where a vote is best.
        accuracy: reached there.
        solve_exponent: a with its 95% interval; among verified cells alone.
        verify_exponent: b.
        match: the budget at which verification first does as well as the best vote that costs no more; None if never.
    """

    budgets: Sequence[float]
    solutions: Sequence[int]
    verifications: Sequence[int]
    accuracy: Sequence[float]
    solve_exponent: Interval
    verify_exponent: Interval
    match: float | None


def frontier(grid: Grid, budgets: Sequence[float], rng: np.random.Generator, resamples: int = 500) -> Frontier:
    """The best split at each budget and its exponents, with intervals from resampled problems.

    Raises:
        InvalidInputError: if a budget pays for no cell, or fewer than two pay for a verification.
    """
    costs, count = grid.costs, len(grid.values)
    cheapest = float(costs.min())
    for budget in budgets:
        if budget < cheapest:
            raise InvalidInputError(
                f"solve or verify: the cheapest cell costs {cheapest:g}; got a budget of {budget:g}"
            )
    points = [_best(grid, grid.mean, budget, first=0) for budget in budgets]
    exponents = _exponents(grid, grid.mean, budgets)
    drawn = np.array([
        _exponents(grid, grid.values[rng.integers(0, count, count)].mean(axis=0), budgets) for _ in range(resamples)
    ])  # fmt: skip
    low, high = np.nanquantile(drawn, [0.025, 0.975], axis=0)
    return Frontier(
        list(budgets),
        [int(grid.solutions[s]) for s, _ in points],
        [int(grid.verifications[v]) for _, v in points],
        [float(grid.mean[point]) for point in points],
        Interval(exponents[0], float(low[0]), float(high[0])),
        Interval(exponents[1], float(low[1]), float(high[1])),
        _match(grid),
    )


def _best(grid: Grid, mean: FloatArray, budget: float, first: int) -> tuple[int, int]:
    """The most accurate affordable cell from a column on; the cheapest of equals."""
    costs = grid.costs
    allowed = [
        (s, v) for s in range(len(grid.solutions)) for v in range(first, len(grid.verifications))
        if costs[s, v] <= budget * (1 + 1e-9)
    ]  # fmt: skip
    return max(allowed, key=lambda cell: (mean[cell], -costs[cell]), default=(-1, -1))


def _exponents(grid: Grid, mean: FloatArray, budgets: Sequence[float]) -> tuple[float, float]:
    """Slopes of log S and log V on log C, among cells that verify."""
    cells = [(budget, _best(grid, mean, budget, first=1)) for budget in budgets]
    found = [(budget, cell) for budget, cell in cells if cell != (-1, -1)]
    if len(found) < 2:
        raise InvalidInputError("solve or verify: fewer than two budgets pay for a verification")
    log_budget = np.log([budget for budget, _ in found])
    solved = np.log([grid.solutions[s] for _, (s, _) in found])
    verified = np.log([grid.verifications[v] for _, (_, v) in found])
    return float(np.polyfit(log_budget, solved, 1)[0]), float(np.polyfit(log_budget, verified, 1)[0])


def _match(grid: Grid) -> float | None:
    votes = grid.mean[:, 0]
    order = sorted(
        (float(grid.costs[s, v]), s, v) for s in range(len(grid.solutions)) for v in range(1, len(grid.verifications))
    )
    for cost, s, v in order:
        affordable = votes[grid.costs[:, 0] <= cost * (1 + 1e-9)]
        if len(affordable) and grid.mean[s, v] >= affordable.max():
            return cost
    return None


def _voted(answers: IntArray, right: BoolArray) -> FloatArray:
    """(problems, s) -> (problems,): whether the most frequent answer is right, ties shared."""
    same = (answers[:, :, None] == answers[:, None, :]) & (answers[:, :, None] >= 0)
    votes = same.sum(axis=2)
    most = votes.max(axis=1, keepdims=True)
    leads = (votes == most) & (votes > 0)
    # Each of the answers that lead is counted once for every sample that gives it, and all have as many.
    return np.asarray((leads & right).sum(axis=1) / np.maximum(leads.sum(axis=1), 1), np.float64)


def _chosen(scores: FloatArray, right: BoolArray) -> FloatArray:
    """(problems, s) -> (problems,): whether the best-scored solution is right, ties shared."""
    leads = np.isclose(scores, scores.max(axis=1, keepdims=True), rtol=0, atol=1e-12)
    return np.asarray((leads & right).sum(axis=1) / leads.sum(axis=1), np.float64)


def advantage(grid: Grid) -> float:
    """How many times the cost of the best vote verification needs to first match it; infinite if it never does."""
    found = _match(grid)
    best = int(np.argmax(grid.mean[:, 0]))
    return math.inf if found is None else found / float(grid.costs[best, 0])
