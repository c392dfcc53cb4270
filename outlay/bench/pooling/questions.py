"""The problems of a pool one by one: how often each is answered right, and what it is answered with."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from outlay.pools import Exam, Pool, ProblemSamples
from outlay.pools.graded import GradedSamples
from outlay.statistics import Interval, wilson_interval

MOST_ROWS, LEAST_ROWS = 1_500, 20
"""Problems in a page over all exams, and of one exam at least."""
LONGEST = 1_500
"""Characters of an example."""
BANDS = (0.0, 0.1, 0.5, 0.9, 1.0)
"""Pass rates that hard and easy problems are told apart by."""


@dataclass(frozen=True, slots=True)
class Question:
    """One problem.

    Attributes:
        number: its place in its exam, from 0.
        problem: its name.
        question: what was asked, if the pool says so.
        reference: what is right, if the pool says so.
        samples: how many are graded.
        right: the share of them that are right, with Wilson's interval.
        leading: the most frequent answer; None if none can be compared.
        share: of all graded samples that give it.
        leading_right: whether it is right.
        tokens: mean completion tokens; None where they are not known.
        examples: completions, one right and one wrong, each with whether it is right.
    """

    number: int
    problem: str
    question: str
    reference: str
    samples: int
    right: Interval
    leading: str | None
    share: float
    leading_right: bool
    tokens: float | None
    examples: Sequence[tuple[bool, str]] = ()


@dataclass(frozen=True, slots=True)
class ExamQuestions:
    """The problems of one exam.

    Attributes:
        exam: what was asked, and of whom.
        problems: how many have graded samples.
        bands: of these, how many are never right, right in less than 10 %, 50 %, 90 %, less than all, and all samples.
        rows: those that are shown: the first ones.
    """

    exam: Exam
    problems: int
    bands: Sequence[int]
    rows: Sequence[Question]


def exam_questions(pool: Pool, exams: int) -> list[ExamQuestions]:
    """All exams of a pool, in its order. What is in memory does not grow with the pool.

    Args:
        pool: the samples.
        exams: how many it holds, among which the rows of a page are shared out.

    Raises:
        InvalidInputError: if the file is not in the order of a pool.
        StoreError: if it cannot be read.
    """
    most = max(LEAST_ROWS, MOST_ROWS // max(1, exams))
    rows: defaultdict[Exam, list[Question]] = defaultdict(list)
    bands: dict[Exam, list[int]] = {}
    for problem in pool.problems(["question", "reference", "value", "vote", "correct", "completion_tokens"]):
        samples = GradedSamples.of(problem)
        if not len(samples):
            continue
        exam = Exam(problem.task, problem.level, problem.model)
        bands.setdefault(exam, [0] * (len(BANDS) + 1))[_band(float(samples.correct.mean()))] += 1
        if len(rows[exam]) < most:
            rows[exam].append(_question(len(rows[exam]), samples))
    shown = _with_examples(pool, rows)
    return [ExamQuestions(exam, sum(counts), counts, shown[exam]) for exam, counts in bands.items()]


def _band(rate: float) -> int:
    """0 for never, then up to each bound, and the last for always."""
    return len(BANDS) if rate >= 1 else int(np.searchsorted(BANDS[:-1], rate, side="left")) + (rate in BANDS[1:-1])


def _question(number: int, samples: GradedSamples) -> Question:
    held, count = samples.samples, len(samples)
    right = int(samples.correct.sum())
    counts = np.bincount(samples.label[samples.answered], minlength=1)
    first = int(np.flatnonzero(samples.label == counts.argmax())[0]) if counts.any() else None
    tokens = held.completion_tokens
    return Question(
        number,
        held.problem,
        held.question or "",
        held.reference or "",
        count,
        wilson_interval(right, count),
        None if first is None or held.value is None else held.value[first],
        float(counts.max()) / count,
        first is not None and bool(samples.correct[first]),
        None if tokens is None or np.isnan(tokens).any() else float(tokens.mean()),
    )


def _with_examples(pool: Pool, rows: dict[Exam, list[Question]]) -> dict[Exam, list[Question]]:
    """The same with completions, if the pool has them; reading ends with the last problem that is shown."""
    if "text" not in pool.known_columns:
        return rows
    waiting = {(exam, one.problem): one for exam, shown in rows.items() for one in shown}
    found: dict[Exam, list[Question]] = {exam: [] for exam in rows}
    for problem in pool.problems(["text", "correct"]):
        exam = Exam(problem.task, problem.level, problem.model)
        question = waiting.pop((exam, problem.problem), None)
        if question is not None:
            found[exam].append(replace(question, examples=_examples(problem)))
        if not waiting:
            break
    return found


def _examples(problem: ProblemSamples) -> list[tuple[bool, str]]:
    """The first right and the first wrong completion."""
    if problem.text is None or problem.correct is None:
        return []
    found: dict[bool, str] = {}
    for text, correct in zip(problem.text, problem.correct.tolist(), strict=True):
        if text is not None and not np.isnan(correct):
            found.setdefault(bool(correct), text if len(text) <= LONGEST else f"{text[:LONGEST]} …")
        if len(found) == 2:
            break
    return sorted(found.items(), reverse=True)
