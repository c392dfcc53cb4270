"""The Pareto front of accuracy and cost: which methods no other beats at no greater cost, and how sure that is."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from outlay.bench.results import Axis
from outlay.bench.summary import Method, MethodTrials, Row, compare_results
from outlay.statistics import Comparison, Interval, holm

LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a method stands among those that answered the same questions.

    Attributes:
        method: the method.
        accuracy: with its interval.
        cost: mean of a question, on one axis.
        on_front: whether no other method is at least as accurate at no greater cost, and better in one of the two.
        rival: what it is compared with: the most accurate method on the front that costs less, or that beats it;
            None for the cheapest.
        comparison: accuracy less the rival's, on the questions that both have.
        p_value: of the comparison, corrected after Holm for all standings of one exam.
    """

    method: Method
    accuracy: Interval
    cost: float
    on_front: bool
    rival: Method | None = None
    comparison: Comparison | None = None
    p_value: float | None = None

    @property
    def verdict(self) -> str:
        """What the comparison says, in words."""
        place = "front" if self.on_front else "behind"
        if self.rival is None:
            return f"{place}: the cheapest"
        if self.p_value is None:
            return place
        sure = "more accurate" if self.on_front else "less accurate"
        return f"{place}: {sure if self.p_value < LEVEL else 'may be chance'}"


def standings(rows: Sequence[Row], methods: Mapping[Method, MethodTrials], axis: Axis) -> dict[str, list[Standing]]:
    """The methods of each exam by rising cost; without those whose accuracy or cost is not known."""
    known = [row for row in rows if row.accuracy is not None and axis.of(row.cost) > 0]
    found = {}
    for exam in dict.fromkeys(row.method.exam for row in known):
        placed = _placed([row for row in known if row.method.exam == exam], axis)
        compared = [replace(one, comparison=_against_rival(one, methods)) for one in placed]
        p_values = iter(holm([one.comparison.p_value for one in compared if one.comparison]))
        found[exam] = [replace(one, p_value=next(p_values)) if one.comparison else one for one in compared]
    return found


def _placed(rows: Sequence[Row], axis: Axis) -> list[Standing]:
    """By rising cost; of equal cost the most accurate first. Of two that are equal in both, neither beats the other."""
    pairs = sorted(
        ((row, row.accuracy, axis.of(row.cost)) for row in rows if row.accuracy),
        key=lambda pair: (pair[2], -pair[1].estimate),
    )
    placed: list[Standing] = []
    best, best_cost, leader = -math.inf, math.nan, None
    for row, accuracy, cost in pairs:
        equal = accuracy.estimate == best and cost == best_cost
        on_front = accuracy.estimate > best or equal
        placed.append(Standing(row.method, accuracy, cost, on_front, leader))
        if on_front and not equal:
            best, best_cost, leader = accuracy.estimate, cost, row.method
    return placed


def _against_rival(standing: Standing, methods: Mapping[Method, MethodTrials]) -> Comparison | None:
    if standing.rival is None:
        return None
    return compare_results(methods[standing.method].results, methods[standing.rival].results)
