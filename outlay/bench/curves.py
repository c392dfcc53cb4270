"""Curves over what was spent: accuracy at every cost on the way, and what k of the samples would have given."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from outlay.bench.results import AXES, Axis, Drawn, Result, Results
from outlay.bench.summary import Method, MethodTrials, graded, proportion
from outlay.statistics import Interval, expected_best_of_k, majority_at_k, mean_interval, pass_at_k

POSITIONS = 32
"""How many costs an accuracy curve is read at."""
RESAMPLES_SEED = 0


@dataclass(frozen=True, slots=True)
class Point:
    """One point of one curve: at x tokens or k samples, this share with its interval."""

    method: Method
    line: str
    x: float
    share: Interval


def anytime_points(methods: Mapping[Method, MethodTrials], axis: Axis) -> Iterator[Point]:
    """Accuracy of the answer held when a question had cost x, until the most expensive question has ended.

    A method whose answers are not all known to be right or wrong has no points, nor has one that cost nothing.
    """
    column = AXES.index(axis)
    for method, trials in methods.items():
        results = trials.results
        if not graded(results):
            continue
        most = max(axis.of(result.cost) for result in results.values())
        starts = [float(result.spent[0, column]) for result in results.values() if len(result.held)]
        if not starts or most <= 0:
            continue
        positions = _positions(float(np.median(starts)), most, axis)
        questions = np.array([question for question, _ in results])
        right = np.array([_right_at(result, column, positions) for result in results.values()])
        for x, held in zip(positions.tolist(), right.T, strict=True):
            yield Point(method, method.name, x, proportion(questions, held))


def sample_points(methods: Mapping[Method, MethodTrials]) -> Iterator[Point]:
    """Coverage, majority and best-of-k from the independent samples of each method, for k up to the fewest it has.

    Coverage and majority are those of the method of an exam that drew most.
    """
    pools = {method: _pool(trials.results) for method, trials in methods.items()}
    largest: dict[str, Method] = {}
    for method, pool in pools.items():
        if pool and (method.exam not in largest or _fewest(pool) > _fewest(pools[largest[method.exam]])):
            largest[method.exam] = method
    for method in largest.values():
        yield from _line(method, "coverage: any of k is right", pools[method], _coverage)
        yield from _line(method, "majority of k", pools[method], _majority)
    best: dict[tuple[str, str], Method] = {}
    for method, pool in pools.items():
        judged = bool(pool) and bool(method.verifier) and all(drawn.scores is not None for drawn in pool)
        key = (method.exam, method.verifier)
        if judged and (key not in best or _fewest(pool) > _fewest(pools[best[key]])):
            best[key] = method
    for method in best.values():
        yield from _line(method, f"best of k by {method.verifier}", pools[method], _best)


def _positions(first: float, most: float, axis: Axis) -> NDArray[np.float64]:
    """Costs between which a curve is drawn, evenly spread on a log scale; of tokens, whole numbers."""
    smallest = 1.0 if axis.name == "tokens" else most / 1e4
    spread = np.geomspace(max(smallest, min(first, most)), max(most, smallest), POSITIONS)
    return np.unique(spread.round()) if axis.name == "tokens" else np.unique(spread)


def _right_at(result: Result, column: int, positions: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(positions,): whether the answer held at each cost is right; none is held before the first."""
    # A rounding error would put the last change of the dearest question behind the last position.
    held = np.searchsorted(result.spent[:, column], positions * (1 + 1e-9), side="right")
    return np.append(False, result.held)[held]


def _pool(results: Results) -> list[Drawn]:
    """Each trial's independent candidates; empty if some trial has none."""
    pool = [result.drawn for result in results.values() if result.drawn is not None]
    return pool if len(pool) == len(results) else []


def _fewest(pool: list[Drawn]) -> int:
    return min(map(len, pool))


Expectation = Callable[[Drawn, int], float]


def _line(method: Method, line: str, pool: list[Drawn], expectation: Expectation) -> Iterator[Point]:
    k, fewest = 1, _fewest(pool)
    while k <= fewest:
        values: NDArray[np.float64] = np.array([expectation(drawn, k) for drawn in pool])
        interval = mean_interval(values)
        yield Point(method, line, k, Interval(interval.estimate, max(0.0, interval.low), min(1.0, interval.high)))
        k = k * 2 if k * 2 <= fewest or k == fewest else fewest


def _coverage(drawn: Drawn, k: int) -> float:
    return pass_at_k(len(drawn), int(drawn.right.sum()), k)


def _majority(drawn: Drawn, k: int) -> float:
    answers, counts = np.unique(drawn.votes, return_counts=True)
    groups = [
        (int(count), bool(drawn.right[drawn.votes == answer].any()))
        for answer, count in zip(answers, counts, strict=True)
        if answer >= 0
    ]
    return _majority_of(tuple(sorted(groups)), len(drawn) - sum(count for count, _ in groups), k)


@lru_cache(maxsize=2**14)
def _majority_of(groups: tuple[tuple[int, bool], ...], silent: int, k: int) -> float:
    """The same for all questions whose answers fall into groups of these sizes, some of them right."""
    votes = [None] * silent + [number for number, (count, _) in enumerate(groups) for _ in range(count)]
    right = [False] * silent + [flag for count, flag in groups for _ in range(count)]
    return majority_at_k(votes, right, k, np.random.default_rng(RESAMPLES_SEED), resamples=300)


def _best(drawn: Drawn, k: int) -> float:
    assert drawn.scores is not None  # noqa: S101 (chosen by it)
    return expected_best_of_k(drawn.scores, drawn.right.astype(np.float64), k)
