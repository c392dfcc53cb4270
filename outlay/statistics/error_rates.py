"""How often a verdict is wrong: false positives and false negatives, and what follows from both, with intervals.

A verifier's use depends on both of its error rates at once, so what is kept is a set of equally likely pairs of them.
Any function of the two, such as precision or the likelihood ratio, then has its interval by counting. The pairs come
from the joint posterior where verdicts are independent (paper 16's construction), or from resampled problems where
several verdicts belong to one problem.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from outlay.statistics.intervals import Interval

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
RateFunction = Callable[[FloatArray, FloatArray], FloatArray]
"""From false-positive rates (pairs,) and false-negative rates (pairs,) to one number each (pairs,)."""


class BetaPrior(NamedTuple):
    """What is believed of a rate before any verdict: a Beta distribution."""

    errors: float
    successes: float


JEFFREYS = BetaPrior(0.5, 0.5)
"""The non-informative prior of paper 16; BetaPrior(1, 1) is the uniform one."""


class ErrorCounts(NamedTuple):
    """Labelled verdicts, counted.

    Attributes:
        false_positives: wrong answers that passed.
        wrong: wrong answers.
        false_negatives: right answers that failed.
        right: right answers.
    """

    false_positives: int
    wrong: int
    false_negatives: int
    right: int


@dataclass(frozen=True, slots=True, eq=False)
class ErrorRates:
    """Equally likely pairs of both error rates.

    Attributes:
        false_positive: (pairs,), the probability that a wrong answer passes.
        false_negative: (pairs,), the probability that a right answer fails.
    """

    false_positive: FloatArray
    false_negative: FloatArray

    def interval(self, function: RateFunction, confidence: float = 0.95) -> Interval:
        """The median of a function of both rates, and the quantiles that leave equal tails.

        Raises:
            ValueError: if ``confidence`` is out of range.
        """
        if not 0 < confidence < 1:
            raise ValueError(f"confidence must be between 0 and 1; got {confidence}")
        tail = (1 - confidence) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            values = function(self.false_positive, self.false_negative)
        low, middle, high = np.quantile(values, [tail, 0.5, 1 - tail], method="inverted_cdf")
        return Interval(float(middle), float(low), float(high))

    def precision(self, base_rate: float, confidence: float = 0.95) -> Interval:
        """The probability that an answer that passed is right, where ``base_rate`` of all answers are.

        Raises:
            ValueError: if ``base_rate`` or ``confidence`` is out of range.
        """
        if not 0 < base_rate < 1:
            raise ValueError(f"base_rate must be between 0 and 1; got {base_rate}")
        odds = (1 - base_rate) / base_rate
        return self.interval(lambda positive, negative: 1 / (1 + odds * positive / (1 - negative)), confidence)

    def likelihood_ratio(self, confidence: float = 0.95) -> Interval:
        """By how much a pass multiplies the odds of being right: (1 - false negative) / false positive."""
        return self.interval(lambda positive, negative: (1 - negative) / positive, confidence)


def count_errors(passed: BoolArray, right: BoolArray) -> ErrorCounts:
    """Count verdicts ``passed`` (n,) against labels ``right`` (n,).

    Raises:
        ValueError: if the shapes differ or are not (n,).
    """
    _check_shapes(passed, right)
    wrong = ~right
    return ErrorCounts(int((passed & wrong).sum()), int(wrong.sum()), int((~passed & right).sum()), int(right.sum()))


def posterior_error_rates(counts: ErrorCounts, prior: BetaPrior = JEFFREYS, points: int = 500) -> ErrorRates:
    """The joint posterior of both rates from independent verdicts; nothing is drawn.

    Errors among wrong and among right answers are independent binomial counts, so with a Beta prior the posterior is a
    product of two Beta distributions (paper 16, joint posterior of the two rates). Each is cut into ``points`` parts
    of equal mass, and every pair of their medians is one of ``points`` squared equally likely pairs.

    Raises:
        ValueError: if a count, the prior or ``points`` is out of range.
    """
    if not (0 <= counts.false_positives <= counts.wrong and 0 <= counts.false_negatives <= counts.right):
        raise ValueError(f"needs 0 <= errors <= answers of each kind; got {counts}")
    if min(prior) <= 0 or points < 1:
        raise ValueError(f"needs a prior above 0 and 1 point or more; got {prior} and {points}")
    mass = (np.arange(points) + 0.5) / points
    positive = _beta_quantiles(mass, counts.false_positives, counts.wrong, prior)
    negative = _beta_quantiles(mass, counts.false_negatives, counts.right, prior)
    return ErrorRates(np.repeat(positive, points), np.tile(negative, points))


def clustered_error_rates(
    passed: BoolArray, right: BoolArray, problems: NDArray[np.int64], rng: np.random.Generator, resamples: int = 4000
) -> ErrorRates:
    """Both rates where several verdicts belong to one problem: whole problems are resampled (the cluster bootstrap).

    Resamples that lack right or wrong answers are left out. A rate that was 0 or 1 in the sample is so in each
    resample too, so the interval has no width there: the bootstrap needs some errors of both kinds.

    Args:
        passed: (n,) verdicts.
        right: (n,) labels.
        problems: (n,) which problem an answer is to.
        rng: source of the resamples.
        resamples: how many, at least 1.

    Raises:
        ValueError: if the shapes differ, ``resamples`` is below 1 or no resample has both kinds of answer.
    """
    _check_shapes(passed, right)
    if problems.shape != passed.shape or resamples < 1:
        raise ValueError(f"needs problems {passed.shape} and 1 resample or more; got {problems.shape} and {resamples}")
    _, index = np.unique(problems, return_inverse=True)
    tables = [np.bincount(index, kind) for kind in (passed & ~right, ~right, ~passed & right, right)]
    count = len(tables[0])
    drawn = rng.multinomial(count, np.full(count, 1 / count), size=resamples) @ np.stack(tables, axis=1)
    drawn = drawn[(drawn[:, 1] > 0) & (drawn[:, 3] > 0)]
    if not len(drawn):
        raise ValueError("needs answers of both kinds, right and wrong")
    return ErrorRates(drawn[:, 0] / drawn[:, 1], drawn[:, 2] / drawn[:, 3])


def _beta_quantiles(mass: FloatArray, errors: int, answers: int, prior: BetaPrior) -> FloatArray:
    quantiles: FloatArray = betaincinv(prior.errors + errors, prior.successes + answers - errors, mass)
    return quantiles


def _check_shapes(passed: BoolArray, right: BoolArray) -> None:
    if passed.ndim != 1 or passed.shape != right.shape or not len(passed):
        raise ValueError(f"needs verdicts (n,) and labels (n,) with n above 0; got {passed.shape} and {right.shape}")
