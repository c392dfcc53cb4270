"""What an experiment came to: for each method its accuracy, its cost and how much better than a baseline it is."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from outlay.bench.grid import Cell
from outlay.bench.records import TrialRecord
from outlay.bench.results import Result, Results
from outlay.bench.store import StoredTrial
from outlay.core.cost import NOTHING, Cost
from outlay.statistics import Comparison, Interval, clustered_interval, compare_paired, holm, wilson_interval


@dataclass(frozen=True, slots=True)
class Method:
    """One combination of the grid without its seed: what one row of a table is about."""

    task: str
    level: int
    model: str
    strategy: str
    verifier: str
    budget: str

    @classmethod
    def of(cls, cell: Cell) -> "Method":
        """The method of a cell."""
        return cls(cell.task, cell.level, cell.model, cell.strategy, cell.verifier, cell.budget)

    @property
    def exam(self) -> str:
        """What was asked, and of whom."""
        return f"{self.question}, {self.model}"

    @property
    def question(self) -> str:
        """The task with its level."""
        return f"{self.task}, level {self.level}" if self.level else self.task

    @property
    def name(self) -> str:
        """The strategy with its verifier."""
        return f"{self.strategy} with {self.verifier}" if self.verifier else self.strategy


@dataclass(slots=True)
class MethodTrials:
    """The planned trials of one method.

    Attributes:
        planned: how many there are.
        results: of those that have one.
        causes: why those failed that did. A failure is not a wrong answer.
    """

    planned: int = 0
    results: Results = field(default_factory=dict)
    causes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    """What one method came to.

    Attributes:
        method: what was run.
        questions: how many different ones have a result.
        failed: trials without a result; they count neither as right nor as wrong.
        accuracy: share of right answers; None where there is no reference. Wilson's interval from one seed, clustered
            by question from several.
        cost: mean cost of a question.
        exhausted: share of trials that a limit ended.
        comparison: accuracy less the baseline's, on the questions that both have; None for the baseline itself.
        p_value: of the comparison, corrected after Holm for all rows of the table.
    """

    method: Method
    questions: int
    failed: int
    accuracy: Interval | None
    cost: Cost
    exhausted: float
    comparison: Comparison | None = None
    p_value: float | None = None


def group(trials: Iterable[StoredTrial]) -> Mapping[Method, Sequence[StoredTrial]]:
    """Planned trials with their texts by method, in the order of the plan."""
    found: defaultdict[Method, list[StoredTrial]] = defaultdict(list)
    for trial in trials:
        found[Method.of(trial.cell)].append(trial)
    return found


def results_of(trials: Sequence[StoredTrial]) -> dict[tuple[int, int], TrialRecord]:
    """The records of trials that have one, by question and seed."""
    return {(trial.index, trial.cell.seed): trial.record for trial in trials if trial.record is not None}


def summarise(methods: Mapping[Method, MethodTrials], baseline: str) -> list[Row]:
    """A row for each method that has a result.

    Args:
        methods: trials by method.
        baseline: the strategy, with its verifier if it has one, that others with the same task, model and budget are
            compared with.
    """
    rows = [_row(method, trials) for method, trials in methods.items() if trials.results]
    compared = [replace(row, comparison=_compare(row.method, baseline, methods)) for row in rows]
    p_values = iter(holm([row.comparison.p_value for row in compared if row.comparison]))
    return [replace(row, p_value=next(p_values)) if row.comparison else row for row in compared]


def graded(results: Results) -> bool:
    """Whether there are results and all of them are known to be right or wrong."""
    return bool(results) and all(result.correct is not None for result in results.values())


def proportion(questions: NDArray[np.int64], right: NDArray[np.bool_]) -> Interval:
    """Share of right answers (n,) to questions (n,) with its 95% interval; Wilson's if each was asked once."""
    if len(np.unique(questions)) == len(questions):
        return wilson_interval(int(right.sum()), len(right))
    interval = clustered_interval(right.astype(np.float64), questions)
    return Interval(interval.estimate, max(0.0, interval.low), min(1.0, interval.high))


def compare_results(first: Results, second: Results) -> Comparison | None:
    """Accuracy of the first less that of the second on what both have; None where two questions are not to be had."""
    shared = [key for key in first if key in second and None not in {first[key].correct, second[key].correct}]
    if not shared:
        return None
    mine = np.array([bool(first[key].correct) for key in shared], np.float64)
    theirs = np.array([bool(second[key].correct) for key in shared], np.float64)
    found = compare_paired(mine, theirs, np.array([question for question, _ in shared]))
    return found if math.isfinite(found.detectable) else None


def total_cost(results: Iterable[Result]) -> Cost:
    """What all results together cost."""
    return sum((result.cost for result in results), NOTHING)


def mean_cost(results: Sequence[Result]) -> Cost:
    """The mean cost of a result; counts are rounded to whole numbers."""
    total = total_cost(results)
    count = max(len(results), 1)

    def mean(value: float) -> int:
        return round(value / count)

    return Cost(
        mean(total.prompt_tokens), mean(total.cached_tokens), mean(total.completion_tokens),
        mean(total.verifier_tokens), mean(total.samples), mean(total.calls),
        total.dollars / count, total.flops / count, total.seconds / count, total.estimated,
    )  # fmt: skip


def _row(method: Method, trials: MethodTrials) -> Row:
    results = list(trials.results.values())
    questions = np.array([question for question, _ in trials.results])
    right = np.array([bool(result.correct) for result in results])
    return Row(
        method,
        len(set(questions.tolist())),
        len(trials.causes),
        proportion(questions, right) if graded(trials.results) else None,
        mean_cost(results),
        float(np.mean([result.exhausted for result in results])),
    )


def _compare(method: Method, baseline: str, methods: Mapping[Method, MethodTrials]) -> Comparison | None:
    if method.name == baseline:
        return None
    with_baseline = [
        other for other in methods
        if other.name == baseline and (other.exam, other.budget) == (method.exam, method.budget)
    ]  # fmt: skip
    if not with_baseline:
        return None
    return compare_results(methods[method].results, methods[with_baseline[0]].results)
