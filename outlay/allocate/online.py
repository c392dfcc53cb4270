"""One budget over a batch of questions whose answers can be checked: the next sample goes where it is worth most.

A question's pass rate has a Beta prior, fitted to other questions. After k wrong samples the next one is right with
probability a / (a + b + k): what it is worth, per token. That value only falls until the question is solved, so taking
the largest one each time is the best that can be done for one prior (a bandit whose arms only get worse). The oracle
knows every pass rate and takes the largest pass rate per token.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.statistics import Interval, mean_interval

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Worth = Callable[[int, int], float]
"""From a question and how many samples it has had to what the next one is worth."""


@dataclass(frozen=True, slots=True, eq=False)
class Spent:
    """How a batch went.

    Attributes:
        solved: (questions,).
        samples: (questions,) drawn for each.
        tokens: in all.
    """

    solved: BoolArray
    samples: IntArray
    tokens: float


@dataclass(frozen=True, slots=True)
class RegretReport:
    """Questions solved, of all, over many replays of a batch.

    Attributes:
        online: by posterior, with the interval of its mean.
        uniform: the same number of samples for each question, one after another until it is solved.
        oracle: with all pass rates known.
        regret: oracle less online, paired by replay.
        regret_uniform: oracle less uniform.
    """

    online: Interval
    uniform: Interval
    oracle: Interval
    regret: Interval
    regret_uniform: Interval


def spend_online(right: BoolArray, tokens: FloatArray, prior: tuple[float, float], budget: float) -> Spent:
    """Draw from the open question whose next sample is worth most by its posterior.

    Args:
        right: (questions, n) whether each sample would be right, in the order drawn.
        tokens: (questions,) mean cost of a sample, above 0.
        prior: a and b of the Beta prior of pass rates.
        budget: tokens in all.

    Raises:
        ValueError: if shapes differ or an argument is out of range.
    """
    a, b = prior
    if not a > 0 or not b > 0:
        raise ValueError(f"a Beta prior needs two numbers above 0; got {prior}")
    return _spend(right, tokens, budget, lambda question, drawn: a / (a + b + drawn) / float(tokens[question]))


def spend_by_rates(right: BoolArray, tokens: FloatArray, rates: FloatArray, budget: float) -> Spent:
    """The oracle's way: draw from the open question of the largest known pass rate per token; see ``spend_online``."""
    return _spend(right, tokens, budget, lambda question, _: float(rates[question] / tokens[question]))


def spend_uniformly(right: BoolArray, tokens: FloatArray, budget: float) -> Spent:
    """One sample for each open question in turn."""
    return _spend(right, tokens, budget, lambda _, drawn: -float(drawn))


def regret_report(
    right: Sequence[BoolArray], tokens: FloatArray, prior: tuple[float, float], budget: float, rng: np.random.Generator,
    replays: int = 200,
) -> RegretReport:  # fmt: skip
    """Replay a batch in random orders of every question's samples, whose share that is right stands for its pass rate.

    Args:
        right: for each question its samples.
        tokens: (questions,) mean cost of a sample.
        prior: of pass rates, from other questions.
        budget: tokens for the batch.
        rng: of the orders.
        replays: how many.

    Raises:
        ValueError: as ``spend_online`` does.
    """
    fewest = min(map(len, right))
    rates = np.array([one.mean() for one in right])
    shares = np.zeros((3, replays))
    for replay in range(replays):
        drawn = np.array([rng.permutation(one)[:fewest] for one in right])
        done = (
            spend_online(drawn, tokens, prior, budget), spend_uniformly(drawn, tokens, budget),
            spend_by_rates(drawn, tokens, rates, budget),
        )  # fmt: skip
        shares[:, replay] = [one.solved.mean() for one in done]
    online, uniform, oracle = shares
    return RegretReport(*map(mean_interval, (online, uniform, oracle, oracle - online, oracle - uniform)))


def _spend(right: BoolArray, tokens: FloatArray, budget: float, worth: Worth) -> Spent:
    if right.ndim != 2 or tokens.shape != right.shape[:1] or not (tokens > 0).all():
        raise ValueError(f"needs (questions, n) samples and tokens above 0; got {right.shape} and {tokens.shape}")
    solved, samples = np.zeros(len(right), np.bool_), np.zeros(len(right), np.int64)
    paid = 0.0
    waiting = [(-worth(question, 0), question) for question in range(len(right))]
    heapq.heapify(waiting)
    while waiting:
        _, question = heapq.heappop(waiting)
        if paid + tokens[question] > budget:
            # A cheaper question may still fit.
            continue
        paid += float(tokens[question])
        solved[question] = right[question, samples[question]]
        samples[question] += 1
        if not solved[question] and samples[question] < right.shape[1]:
            heapq.heappush(waiting, (-worth(question, int(samples[question])), question))
    return Spent(solved, samples, paid)
