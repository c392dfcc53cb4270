"""What an experiment came to: for each method its accuracy, its cost and how much better than a baseline it is."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outlay.bench.records import TrialRecord
from outlay.bench.store import StoredTrial
from outlay.core.cost import NOTHING, Cost
from outlay.statistics import Comparison, Interval, clustered_interval, compare_paired, holm, wilson_interval

FloatArray = NDArray[np.float64]
Results = dict[tuple[int, int], TrialRecord]
"""Records by question and seed."""


@dataclass(frozen=True, slots=True)
class Method:
    """One combination of the grid without its seed: what one row of a table is about."""

    task: str
    level: int
    model: str
    strategy: str
    verifier: str
    budget: str

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
    """Planned trials by method, in the order of the plan."""
    found: defaultdict[Method, list[StoredTrial]] = defaultdict(list)
    for trial in trials:
        cell = trial.cell
        method = Method(cell.task, cell.level, cell.model, cell.strategy, cell.verifier, cell.budget)
        found[method].append(trial)
    return found


def summarise(methods: Mapping[Method, Sequence[StoredTrial]], baseline: str) -> list[Row]:
    """A row for each method that has a result.

    Args:
        methods: trials by method.
        baseline: the strategy, with its verifier if it has one, that others with the same task, model and budget are
            compared with.
    """
    results = {method: results_of(trials) for method, trials in methods.items()}
    rows = [_row(method, methods[method], results[method]) for method in methods if results[method]]
    compared = [replace(row, comparison=_compare(row.method, baseline, results)) for row in rows]
    p_values = iter(holm([row.comparison.p_value for row in compared if row.comparison]))
    return [replace(row, p_value=next(p_values)) if row.comparison else row for row in compared]


def results_of(trials: Sequence[StoredTrial]) -> Results:
    """The records of trials that have one, by question and seed."""
    return {(trial.index, trial.cell.seed): trial.record for trial in trials if trial.record is not None}


def proportion(results: Results, right: Mapping[tuple[int, int], bool]) -> Interval:
    """Share of right answers with its 95% interval; Wilson's if each question was asked once."""
    questions = np.array([question for question, _ in results])
    values = np.array([right[key] for key in results], np.float64)
    if len(set(questions.tolist())) == len(questions):
        return wilson_interval(int(values.sum()), len(values))
    interval = clustered_interval(values, questions)
    return Interval(interval.estimate, max(0.0, interval.low), min(1.0, interval.high))


def mean_cost(records: Sequence[TrialRecord]) -> Cost:
    """The mean cost of a record; counts are rounded to whole numbers."""
    total = sum((record.cost for record in records), NOTHING)
    count = max(len(records), 1)

    def mean(value: float) -> int:
        return round(value / count)

    return Cost(
        mean(total.prompt_tokens), mean(total.cached_tokens), mean(total.completion_tokens),
        mean(total.verifier_tokens), mean(total.samples), mean(total.calls),
        total.dollars / count, total.flops / count, total.seconds / count, total.estimated,
    )  # fmt: skip


def _row(method: Method, trials: Sequence[StoredTrial], results: Results) -> Row:
    right = {key: record.correct for key, record in results.items() if record.correct is not None}
    records = list(results.values())
    return Row(
        method,
        len({question for question, _ in results}),
        sum(trial.cause is not None for trial in trials),
        proportion(results, right) if len(right) == len(results) else None,
        mean_cost(records),
        float(np.mean([record.stopped_by != "strategy" for record in records])),
    )


def _compare(method: Method, baseline: str, results: Mapping[Method, Results]) -> Comparison | None:
    if method.name == baseline:
        return None
    with_baseline = [
        other for other in results
        if other.name == baseline and (other.exam, other.budget) == (method.exam, method.budget)
    ]  # fmt: skip
    if not with_baseline:
        return None
    mine, theirs = results[method], results[with_baseline[0]]
    shared = [key for key in mine if key in theirs and None not in {mine[key].correct, theirs[key].correct}]
    if not shared:
        return None
    first = np.array([bool(mine[key].correct) for key in shared], np.float64)
    second = np.array([bool(theirs[key].correct) for key in shared], np.float64)
    found = compare_paired(first, second, np.array([question for question, _ in shared]))
    return found if math.isfinite(found.detectable) else None
