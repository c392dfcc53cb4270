"""What a pool holds, by exam."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from outlay.pools.evaluation import Exam
from outlay.pools.pool import Pool
from outlay.pools.problem_samples import ProblemSamples
from outlay.pools.votes import NO_VOTE


@dataclass(frozen=True, slots=True)
class Contents:
    """What a pool holds of one exam.

    Attributes:
        exam: which.
        samples: of each problem, how many there are.
        graded: of each problem, how many are graded.
        right: of all, how many are right.
        answered: of all, how many have an answer that can be compared; None if the pool has no votes.
        tokens: mean completion tokens of a sample; None where they are not known.
    """

    exam: Exam
    samples: Sequence[int]
    graded: Sequence[int]
    right: int
    answered: int | None
    tokens: float | None


def contents(pool: Pool) -> list[Contents]:
    """What each exam holds, in the order of the pool.

    Raises:
        InvalidInputError: if the file is not in the order of a pool.
        StoreError: if it cannot be read.
    """
    found: dict[Exam, list[tuple[int, int, int, int, float]]] = {}
    for problem in pool.problems(["correct", "vote", "completion_tokens"]):
        exam = Exam(problem.task, problem.level, problem.model)
        found.setdefault(exam, []).append(_counts(problem))
    return [
        Contents(
            exam,
            [one[0] for one in problems],
            [one[1] for one in problems],
            sum(one[2] for one in problems),
            sum(one[3] for one in problems) if "vote" in pool.known_columns else None,
            _mean([one[4] for one in problems], [one[0] for one in problems]),
        )
        for exam, problems in found.items()
    ]


def _counts(problem: ProblemSamples) -> tuple[int, int, int, int, float]:
    """Samples, graded, right and answered ones, and tokens in all."""
    correct = np.full(len(problem), np.nan) if problem.correct is None else problem.correct
    answered = 0 if problem.vote is None else int((problem.vote != NO_VOTE).sum())
    tokens = np.nan if problem.completion_tokens is None else float(problem.completion_tokens.sum())
    return len(problem), int(np.isfinite(correct).sum()), int(np.nansum(correct)), answered, tokens


def _mean(totals: Sequence[float], counts: Sequence[int]) -> float | None:
    mean = sum(totals) / sum(counts)
    return None if np.isnan(mean) else mean
