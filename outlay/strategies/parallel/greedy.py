"""``greedy``: one answer at temperature 0, the baseline of everything else."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from math import exp
from typing import ClassVar

from outlay.core.answer import Answer, Candidate
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import OwnSpace, StrategyInfo
from outlay.core.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class Greedy:
    """The model's likeliest answer, token by token. Its confidence is that answer's probability, where known.

    It helps as the baseline of everything else, and where one answer is all that can be paid for.
    """

    space: ClassVar[OwnSpace] = {}

    info: StrategyInfo = StrategyInfo(
        "greedy", "one answer at temperature 0", "the usual baseline", cost="1 sample", only_draws=True
    )

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """One answer."""
        samples = run.sample(Trajectory(problem), temperature=0.0)
        async with aclosing(samples):  # type: ignore[type-var]
            async for _, trajectory in samples:
                logprobs = trajectory.logprobs
                confidence = None if logprobs is None else min(1.0, exp(sum(logprobs)))
                candidate = Candidate(trajectory, trajectory.value, confidence)
                yield Answer(trajectory.value, trajectory, confidence, (candidate,), run.ledger.spent)
