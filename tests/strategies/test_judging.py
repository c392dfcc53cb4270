"""Verdicts are asked for at once where no limit asks for an order."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import anyio
import numpy as np
import pytest

from outlay import Budget, Ledger, Problem, Run, Trajectory
from outlay.core.verifier import Judges, Verdict, VerifierInfo
from outlay.strategies import STRATEGIES
from outlay.testing import Arrival, small_world

pytestmark = pytest.mark.anyio


@dataclass
class Meeting:
    """A verifier that gives no verdict before ``expected`` are awaited.

    Attributes:
        most: the most verdicts awaited at a time.
    """

    expected: int
    reserves_first: bool
    most: int = 0
    _awaited: int = 0
    _complete: anyio.Event = field(default_factory=anyio.Event)

    @property
    def info(self) -> VerifierInfo:
        return VerifierInfo("meeting", judges=Judges.STEPS, reserves_first=self.reserves_first)

    def require(self, problem: Problem) -> None:
        pass

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        self._awaited += 1
        self.most = max(self.most, self._awaited)
        if self._awaited == self.expected:
            self._complete.set()
        await self._complete.wait()
        self._awaited -= 1
        return [Verdict(0.5) for _ in trajectories]


@pytest.mark.parametrize("strategy", ["best_of_n(n=5)", "particle_filter(n=5)"])
@pytest.mark.parametrize(
    ("budget", "reserves_first", "at_a_time"),
    [(Budget(), False, 5), (Budget(samples=5), False, 1), (Budget(samples=5), True, 5)],
)
async def test_a_slow_verdict_keeps_no_other_waiting(
    strategy: str, budget: Budget, reserves_first: bool, at_a_time: int
) -> None:
    world, verifier = small_world(Arrival.IN_ORDER), Meeting(at_a_time, reserves_first)
    run = Run(world.model, Ledger(budget), np.random.default_rng(0), verifier)
    with anyio.fail_after(20):
        answers = [answer async for answer in STRATEGIES.build(strategy).improve(world.problem, run)]
    assert answers
    assert verifier.most == at_a_time
