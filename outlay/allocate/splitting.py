"""How a policy splits a budget over questions of different difficulty, by what it saw of them first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from outlay.allocate.policy import Policy
from outlay.allocate.replay import replay, walk
from outlay.pools.problem_samples import ProblemSamples

BANDS = ("hard", "middling", "easy")


@dataclass(frozen=True, slots=True)
class Band:
    """Questions of like difficulty.

    Attributes:
        name: of the band.
        upto: the largest chance of being right after the first stage that it holds.
        share: of all questions.
        samples: mean number drawn.
        tokens: mean of a question.
        accuracy: share right in the end.
    """

    name: str
    upto: float
    share: float
    samples: float
    tokens: float
    accuracy: float


def split_by_difficulty(
    policy: Policy, problems: Sequence[ProblemSamples], orders: int = 16, seed: int = 2
) -> list[Band]:
    """Thirds of the questions, by the chance that the first stage's answer is right, and what is spent on each.

    Args:
        policy: that splits.
        problems: that it is replayed on.
        orders: of each problem's samples.
        seed: of the orders.

    Raises:
        InvalidInputError: if a problem has too few graded samples.
    """
    paths = walk(problems, policy.stages, policy.choose, policy.verifier, orders, seed)
    done = replay(policy, paths)
    first = policy.chances(0, paths.signals[0][:, policy.columns(paths.names)])
    edges = np.quantile(first, [1 / 3, 2 / 3])
    band = np.searchsorted(edges, first, side="left")
    samples = np.array(policy.stages)[done.stage]
    return [
        Band(
            name, float(first[band == place].max()), float((band == place).mean()),
            float(samples[band == place].mean()), float(done.tokens[band == place].mean()),
            float(done.correct[band == place].mean()),
        )
        for place, name in enumerate(BANDS)
        if (band == place).any()
    ]  # fmt: skip
