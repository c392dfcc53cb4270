"""A policy on problems that it was not fitted to: against fixed numbers of samples, and against what could be known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.allocate.fit_policy import Fixed
from outlay.allocate.oracle import cheapest_split, first_right
from outlay.allocate.policy import Policy
from outlay.allocate.replay import Paths, graded_count, replay, walk
from outlay.allocate.rules import Choose
from outlay.pools.problem_samples import ProblemSamples
from outlay.statistics import Comparison, Interval, compare_paired, mean_interval, ratio_of_means

FloatArray = NDArray[np.float64]
SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
"""Fixed numbers of samples that are looked at, as far as the problems have so many."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The same number of samples for every question, in one call.

    Attributes:
        name: as a strategy could be typed.
        accuracy: mean over problems, with its 95% interval.
        tokens: likewise, of a question.
    """

    name: str
    accuracy: Interval
    tokens: Interval


@dataclass(frozen=True, slots=True)
class Against:
    """The policy against a fixed number of samples, paired by problem.

    Attributes:
        baseline: what it is compared with.
        difference: accuracy of the policy less that of the other.
        ratio: tokens of the policy over those of the other.
    """

    baseline: Baseline
    difference: Comparison
    ratio: Interval


@dataclass(frozen=True, slots=True)
class Judged:
    """What a policy came to on problems.

    Attributes:
        problems: how many.
        accuracy: of the policy.
        tokens: of a question.
        stopped: (stages,) share of questions that ended at each.
        predicted: mean of the confidence that it gave, against ``accuracy``.
        against: the baselines.
        matched: tokens of a question that the same way of choosing needs for the policy's accuracy with a fixed number
            of samples, between sizes by interpolation; None if it does not get there.
        oracle: tokens of a question that it would take with every problem's accuracy at every size known; None if no
            size gets there.
        first_right: accuracy and tokens of stopping the policy's stages as soon as the answer is right.
    """

    problems: int
    accuracy: Interval
    tokens: Interval
    stopped: FloatArray
    predicted: float
    against: Sequence[Against]
    matched: float | None
    oracle: float | None
    first_right: tuple[float, float]


def judge_policy(
    policy: Policy, problems: Sequence[ProblemSamples], baselines: Sequence[Fixed], verifier: str,
    orders: int = 32, seed: int = 1,
) -> Judged:  # fmt: skip
    """Replay a policy on problems, and fixed numbers of their samples beside it.

    Args:
        policy: what is judged.
        problems: not those that it was fitted to.
        baselines: what it is compared with.
        verifier: whose scores the baselines use.
        orders: of each problem's samples.
        seed: of the orders, which all share.

    Raises:
        InvalidInputError: if a problem has fewer graded samples than are drawn.
    """
    paths = walk(problems, policy.stages, policy.choose, policy.verifier, orders, seed)
    done = replay(policy, paths)
    correct, tokens, sure = paths.by_problem(np.stack([done.correct, done.tokens, done.sure]))
    most = min(graded_count(one) for one in problems)
    sizes = [size for size in SIZES if size <= most]
    same = walk(problems, sizes, policy.choose, policy.verifier, orders, seed)
    values, costs = same.by_problem(same.correct), same.by_problem(once(same))
    best = first_right(paths.correct, paths.tokens)
    against = [
        _against(correct, tokens, one, walk(problems, (one.n,), one.choose, _judge(one.choose, verifier), orders, seed))
        for one in baselines
    ]
    reachable = values.max(axis=0).mean() >= correct.mean()
    return Judged(
        len(problems), mean_interval(correct), mean_interval(tokens),
        np.bincount(done.stage, minlength=len(policy.stages)) / len(done.stage), float(sure.mean()), against,
        _matched(values.mean(axis=1), costs.mean(axis=1), float(correct.mean())),
        cheapest_split(values, costs, float(correct.mean())).cost if reachable else None,
        (float(best[0].mean()), float(best[1].mean())),
    )  # fmt: skip


def once(paths: Paths) -> FloatArray:
    """(stages, paths) tokens where all samples up to a stage are drawn by one call, which pays the prompt once."""
    return np.asarray(paths.drawn + paths.prompt, np.float64)


def _judge(choose: Choose, verifier: str) -> str:
    return verifier if choose.judged else ""


def _against(correct: FloatArray, tokens: FloatArray, fixed: Fixed, paths: Paths) -> Against:
    values, costs = paths.by_problem(paths.correct)[0], paths.by_problem(once(paths))[0]
    baseline = Baseline(str(fixed), mean_interval(values), mean_interval(costs))
    return Against(baseline, compare_paired(correct, values), ratio_of_means(tokens, costs))


def _matched(values: FloatArray, costs: FloatArray, target: float) -> float | None:
    """Where the line through rising costs first reaches a value."""
    reached = np.flatnonzero(values >= target)
    if not len(reached):
        return None
    after = int(reached[0])
    if after == 0:
        return float(costs[0])
    share = (target - values[after - 1]) / (values[after] - values[after - 1])
    return float(costs[after - 1] + share * (costs[after] - costs[after - 1]))
