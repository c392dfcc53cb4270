"""A run read question by question: one value for each question, whatever number of seeds it was asked with."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from outlay.bench.records import CandidateRecord, TrialRecord
from outlay.bench.store import Manifest, StoredTrial, read_store
from outlay.bench.summary import Method, group, results_of
from outlay.core.errors import InvalidInputError
from outlay.statistics import Comparison, Interval, compare_paired, mean_interval, wilson_interval

Values = Mapping[Hashable, float]
"""A value for each question."""


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A results folder with its trials by method; trials without a result are left out.

    Attributes:
        manifest: of the newest session.
        methods: in the order of the plan, those with results alone.
    """

    manifest: Manifest
    methods: Mapping[Method, Sequence[StoredTrial]]

    def exams(self) -> Mapping[str, Sequence[Method]]:
        """The methods of each task, level, model and budget."""
        found: dict[str, list[Method]] = {}
        for method in self.methods:
            limit = "" if method.budget == "unlimited" else f", {method.budget}"
            found.setdefault(method.exam + limit, []).append(method)
        return found


def read_run(folder: Path) -> FinishedRun:
    """What a results folder holds so far.

    Raises:
        InvalidInputError: if it has no results.
        StoreError: if it cannot be read.
    """
    with read_store(folder) as store:
        manifests, trials = store.manifests(), [trial for trial in store.trials() if trial.record is not None]
    if not trials:
        raise InvalidInputError(f"{str(folder)!r} holds no finished trial yet")
    return FinishedRun(manifests[-1], group(trials))


def average(pairs: Iterable[tuple[Hashable, float]]) -> dict[Hashable, float]:
    """The mean of all values of each question."""
    found: dict[Hashable, list[float]] = {}
    for question, value in pairs:
        found.setdefault(question, []).append(value)
    return {question: float(np.mean(values)) for question, values in found.items()}


def means(trials: Sequence[StoredTrial], value: Callable[[TrialRecord], float | None]) -> dict[Hashable, float]:
    """The mean of something over the seeds of each question; records of which it is None do not count."""
    found = ((question, value(record)) for (question, _), record in results_of(trials).items())
    return average((question, number) for question, number in found if number is not None)


def accuracies(trials: Sequence[StoredTrial]) -> dict[Hashable, float]:
    """Each question's share of right answers; questions without a reference are left out."""
    return means(trials, lambda record: None if record.correct is None else float(record.correct))


def pools(trials: Sequence[StoredTrial]) -> dict[Hashable, Sequence[CandidateRecord]]:
    """Each question's independent samples, those of all its seeds together, where each trial drew as many.

    Empty where they did not: a strategy that stops when it likes what it sees, or a budget that ends some draws,
    leaves samples that no longer are a fair draw, and a single one may be greedy. So it is where one is not graded.
    Answers of different seeds vote together if they are the same text.
    """
    found: dict[Hashable, list[CandidateRecord]] = {}
    ballots: dict[Hashable, dict[str | None, int]] = {}
    drawn: set[int] = set()
    for (question, _), record in results_of(trials).items():
        samples = [one for one in record.candidates if one.whole and one.correct is not None]
        drawn.add(len(samples) if len(samples) == len(record.candidates) else 0)
        known = ballots.setdefault(question, {})
        found.setdefault(question, []).extend(
            one
            if one.vote is None
            else replace(one, vote=known.setdefault(record.candidates[one.vote].value, len(known)))
            for one in samples
        )
    return dict(found) if len(drawn) == 1 and min(drawn) > 1 else {}


def interval(values: Values) -> Interval:
    """The mean of values in [0, 1] over questions: Wilson's interval if all are 0 or 1, else Student's."""
    numbers = np.array([*values.values()], np.float64)
    if np.isin(numbers, (0.0, 1.0)).all():
        return wilson_interval(int(numbers.sum()), len(numbers))
    found = mean_interval(numbers)
    return Interval(found.estimate, max(0.0, found.low), min(1.0, found.high))


def compare(first: Values, second: Values) -> Comparison | None:
    """First less second on the questions that both have; None if that are fewer than two."""
    shared = [question for question in first if question in second]
    if len(shared) < 2:
        return None
    return compare_paired(
        np.array([first[question] for question in shared]), np.array([second[question] for question in shared])
    )


def fewest(samples: Mapping[Hashable, Sequence[CandidateRecord]]) -> int:
    """How many samples every question has at least; 0 without any question."""
    return min(map(len, samples.values()), default=0)


def doubling(most: int) -> list[int]:
    """1, 2, 4 and so on, and ``most`` itself."""
    return sorted({*(2**i for i in range(most.bit_length())), most} - {0})
