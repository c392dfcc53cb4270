"""What choosing k of N answers costs against the best: measured, and the bound of best-of-majority (paper 209).

Regret is the best reward among all answers of a problem less the best of those handed in. For best-of-majority it is at
most of the order of the reward model's error times sqrt(C / k), where C, the coverage coefficient, is one over the
model's probability of the best answer, however many samples N are drawn; majority voting and best-of-N have no such
bound and may do worse with more samples.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from outlay.core.errors import InvalidInputError
from outlay.laws.curve import FloatArray, IntArray
from outlay.statistics import Interval, mean_interval


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """One problem's samples.

    Attributes:
        answers: (n,) numbers that are the same for equal answers, from 0.
        right: (n,) true reward of each, 0 or 1.
        scores: (n,) what the reward model says.
    """

    answers: IntArray
    right: FloatArray
    scores: FloatArray


@dataclass(frozen=True, slots=True)
class Regret:
    """Measured regret of one way of choosing.

    Attributes:
        method: its name.
        samples: the numbers N.
        regret: for each of them, with 95% intervals over problems.
        growth: change of regret when the samples double, over the larger half of the numbers N, paired by problem.
    """

    method: str
    samples: Sequence[int]
    regret: Sequence[Interval]
    growth: Interval

    @property
    def degrades(self) -> bool:
        """Whether more samples do harm for certain."""
        return self.growth.low > 0


def measured_regrets(
    problems: Sequence[Answers],
    samples: Sequence[int],
    k: int,
    rng: np.random.Generator,
    share: float = 0.1,
    draws: int = 100,
) -> list[Regret]:
    """Regret of majority, best-of-N and best-of-majority on the same sub-samples.

    Problems without a right answer are left out: there every choice is as good.

    Args:
        problems: with at least as many samples as the largest N.
        samples: the numbers N, rising.
        k: answers handed in.
        rng: of the sub-samples.
        share: of the samples that an answer must have to be considered by best-of-majority.
        draws: sub-samples of each problem.

    Raises:
        InvalidInputError: if there is nothing to measure or a number is out of range.
    """
    asked = [one for one in problems if one.right.max(initial=0.0) > 0]
    if not asked or k < 1 or not samples or min(samples) < 1:
        raise InvalidInputError("regret: needs problems with a right answer, and numbers of samples and k above 0")
    fewest = min(len(one.answers) for one in asked)
    if max(samples) > fewest:
        raise InvalidInputError(f"regret: every problem must have {max(samples)} samples; one has {fewest}")
    found = np.zeros((3, len(asked), len(samples)))
    for row, one in enumerate(asked):
        for _ in range(draws):
            order = rng.permutation(len(one.answers))
            for column, count in enumerate(samples):
                found[:, row, column] += _handed_in(one, order[:count], k, share)
    names = ("majority", "best_of_n", "best_of_majority")
    return [_regret(name, samples, table) for name, table in zip(names, 1 - found / draws, strict=True)]


def coverage_coefficient(problem: Answers) -> float:
    """One over the share of samples with the commonest right answer; infinite if none is right."""
    shares = np.bincount(problem.answers, problem.right) / len(problem.answers)
    return math.inf if not shares.max(initial=0.0) else float(1 / shares.max())


def reward_error(problem: Answers) -> float:
    """Root mean square of score less true reward over a problem's samples."""
    return float(np.sqrt(np.mean((problem.scores - problem.right) ** 2)))


def bound(problem: Answers, k: int) -> float:
    """The leading term sqrt(error^2 C / k) of best-of-majority's bound, without its constant."""
    return reward_error(problem) * math.sqrt(coverage_coefficient(problem) / k)


def _handed_in(one: Answers, chosen: IntArray, k: int, share: float) -> tuple[float, float, float]:
    """True reward of the best of k answers by votes, by score, and by score among the frequent ones."""
    answers, first, index = np.unique(one.answers[chosen], return_index=True, return_inverse=True)
    votes = np.bincount(index)
    scores = np.full(len(answers), -np.inf)
    np.maximum.at(scores, index, one.scores[chosen])
    right = one.right[chosen][first]
    frequent = np.where(votes >= min(share * len(chosen), votes.max()), scores, -np.inf)
    tops = (np.lexsort((-scores, -votes)), np.argsort(-scores, kind="stable"), np.argsort(-frequent, kind="stable"))
    by_votes, by_score, by_both = (float(right[order[:k]].max()) for order in tops)
    return by_votes, by_score, by_both


def _regret(method: str, samples: Sequence[int], table: FloatArray) -> Regret:
    half = len(samples) // 2 if len(samples) > 2 else 0
    doublings = np.log2(samples[half:])
    centred = doublings - doublings.mean()
    slope = centred / max(float(centred @ centred), 1e-300)
    return Regret(
        method,
        list(samples),
        [mean_interval(table[:, column]) for column in range(len(samples))],
        mean_interval(np.asarray(table[:, half:] @ slope, np.float64)),
    )
