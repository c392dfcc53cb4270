"""Which of several ways is best, within a fixed number of trials: halving, rejects, and a private form (paper 75).

An arm is a strategy, a pull one question answered by it, and the reward whether it is right. All arms are pulled evenly
and the worst are dropped by and by, so that most trials go to those that are hard to tell apart.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Pull = Callable[[int, int], FloatArray]
"""From an arm and a number of pulls to so many fresh rewards in [0, 1]."""


@dataclass(frozen=True, slots=True, eq=False)
class BestArm:
    """What was found.

    Attributes:
        arm: the best.
        pulls: (arms,) how often each was pulled.
        means: (arms,) mean reward of each over the pulls that its fate was decided by.
        order: (arms,) from the best to the one that was dropped first.
    """

    arm: int
    pulls: IntArray
    means: FloatArray
    order: IntArray


def successive_rejects(pull: Pull, arms: int, budget: int) -> BestArm:
    """Drop one arm at a time (Audibert, Bubeck and Munos 2010, figure 3). All rewards so far count.

    Raises:
        ValueError: if there are fewer than two arms, or fewer trials than arms.
    """
    _check(arms, budget)
    scale = 0.5 + sum(1 / rank for rank in range(2, arms + 1))
    sums, pulls = np.zeros(arms), np.zeros(arms, np.int64)
    left = list(range(arms))
    dropped: list[int] = []
    for phase in range(1, arms):
        upto = max(1, math.ceil((budget - arms) / (scale * (arms + 1 - phase))))
        for arm in left:
            more = upto - int(pulls[arm])
            if more > 0:
                sums[arm] += pull(arm, more).sum()
                pulls[arm] = upto
        means = sums / pulls
        worst = min(left, key=lambda arm: (means[arm], -arm))
        left.remove(worst)
        dropped.append(worst)
    return BestArm(left[0], pulls, sums / pulls, np.array([left[0], *reversed(dropped)]))


def sequential_halving(
    pull: Pull, arms: int, budget: int, rng: np.random.Generator | None = None, epsilon: float = math.inf
) -> BestArm:
    """Drop half of the arms at a time (Karnin, Koren and Somekh 2013), each round by fresh rewards alone.

    With a finite ``epsilon`` every mean is told with Laplace noise of scale 1 / (epsilon pulls). Rounds share no
    reward, so that all that is told, the arm found too, is epsilon-differentially private: two records that differ in
    one reward give any result with chances whose ratio is at most exp(epsilon).

    Args:
        pull: gives rewards.
        arms: two or more.
        budget: pulls in all, at most.
        rng: of the noise; needed with a finite ``epsilon``.
        epsilon: of privacy, above 0; infinite for none.

    Raises:
        ValueError: if an argument is out of range, or the budget is below one pull of every arm in each round.
    """
    rounds = max(1, math.ceil(math.log2(max(arms, 2))))
    _check(arms, budget // rounds)
    if not epsilon > 0 or (math.isfinite(epsilon) and rng is None):
        raise ValueError(f"epsilon must be above 0, and noise needs a generator; got {epsilon}")
    pulls, means = np.zeros(arms, np.int64), np.zeros(arms)
    left = list(range(arms))
    dropped: list[int] = []
    while len(left) > 1:
        each = max(1, budget // (rounds * len(left)))
        for arm in left:
            means[arm] = float(pull(arm, each).mean())
            if rng is not None and math.isfinite(epsilon):
                means[arm] += float(rng.laplace(scale=1 / (epsilon * each)))
            pulls[arm] += each
        left.sort(key=lambda arm: (-means[arm], arm))
        kept = math.ceil(len(left) / 2)
        dropped += reversed(left[kept:])
        left = left[:kept]
    return BestArm(left[0], pulls, means, np.array([left[0], *reversed(dropped)]))


def _check(arms: int, budget: int) -> None:
    if arms < 2 or budget < arms:
        raise ValueError(f"needs two arms or more, and a trial for each in every round; got {arms} and {budget}")
