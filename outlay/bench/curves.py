"""Curves over what was spent: accuracy at every token count on the way, and what k of the samples would have given."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.bench.records import CandidateRecord, TrialRecord
from outlay.bench.store import StoredTrial
from outlay.bench.summary import Method, Results, proportion, results_of
from outlay.statistics import Interval, expected_best_of_k, majority_at_k, mean_interval, pass_at_k

POSITIONS = 40
"""How many token counts an accuracy curve is read at."""
RESAMPLES_SEED = 0


@dataclass(frozen=True, slots=True)
class Point:
    """One point of one curve: at x tokens or k samples, this share with its interval."""

    method: Method
    line: str
    x: float
    share: Interval


def anytime_points(methods: Mapping[Method, Sequence[StoredTrial]]) -> Iterator[Point]:
    """Accuracy of the answer held when a question had cost x tokens, until the most expensive question has ended."""
    for method, trials in methods.items():
        results = results_of(trials)
        if not results or any(record.correct is None for record in results.values()):
            continue
        totals = [record.cost.tokens for record in results.values()]
        starts = [record.curve[0].cost.tokens for record in results.values() if record.curve]
        if not starts:
            continue
        most = max(float(max(totals)), 1.0)
        least = max(1.0, min(float(np.median(starts)), most))
        for tokens in np.unique(np.geomspace(least, most, POSITIONS).round()):
            right = {key: _right_at(record, tokens) for key, record in results.items()}
            yield Point(method, method.name, float(tokens), proportion(results, right))


def sample_points(methods: Mapping[Method, Sequence[StoredTrial]]) -> Iterator[Point]:
    """Coverage, majority and best-of-k from the independent samples of each method, for k up to the fewest it has.

    Coverage and majority are those of the method of an exam that drew most.
    """
    pools = {method: _pool(results_of(trials)) for method, trials in methods.items()}
    largest: dict[str, Method] = {}
    for method, pool in pools.items():
        if pool and (method.exam not in largest or _fewest(pool) > _fewest(pools[largest[method.exam]])):
            largest[method.exam] = method
    for method in largest.values():
        yield from _line(method, "coverage: any of k is right", pools[method], _coverage)
        yield from _line(method, "majority of k", pools[method], _majority)
    best: dict[tuple[str, str], Method] = {}
    for method, pool in pools.items():
        judged = bool(pool) and bool(method.verifier) and all(one.score is not None for row in pool for one in row)
        key = (method.exam, method.verifier)
        if judged and (key not in best or _fewest(pool) > _fewest(pools[best[key]])):
            best[key] = method
    for method in best.values():
        yield from _line(method, f"best of k by {method.verifier}", pools[method], _best)


def _right_at(record: TrialRecord, tokens: float) -> bool:
    held = [point.correct for point in record.curve if point.cost.tokens <= tokens]
    return bool(held and held[-1])


def _pool(results: Results) -> list[Sequence[CandidateRecord]]:
    """Each trial's independent candidates; empty if some trial has fewer than two or one without a verdict on it."""
    pools: list[Sequence[CandidateRecord]] = []
    for record in results.values():
        whole = [one for one in record.candidates if one.whole and one.correct is not None]
        if len(whole) < 2:
            return []
        pools.append(whole)
    return pools


def _fewest(pool: list[Sequence[CandidateRecord]]) -> int:
    return min(map(len, pool))


Expectation = Callable[[Sequence[CandidateRecord], int], float]


def _line(
    method: Method, line: str, pool: list[Sequence[CandidateRecord]], expectation: Expectation
) -> Iterator[Point]:
    k, fewest = 1, _fewest(pool)
    while k <= fewest:
        values: NDArray[np.float64] = np.array([expectation(row, k) for row in pool])
        interval = mean_interval(values)
        yield Point(method, line, k, Interval(interval.estimate, max(0.0, interval.low), min(1.0, interval.high)))
        k = k * 2 if k * 2 <= fewest or k == fewest else fewest


def _coverage(row: Sequence[CandidateRecord], k: int) -> float:
    return pass_at_k(len(row), sum(bool(one.correct) for one in row), k)


def _majority(row: Sequence[CandidateRecord], k: int) -> float:
    rng = np.random.default_rng(RESAMPLES_SEED)
    return majority_at_k([one.vote for one in row], [bool(one.correct) for one in row], k, rng, resamples=300)


def _best(row: Sequence[CandidateRecord], k: int) -> float:
    scores = np.array([one.score if one.value is not None else -1.0 for one in row], np.float64)
    return expected_best_of_k(scores, np.array([bool(one.correct) for one in row], np.float64), k)
