"""``first_finish``: n samples race; the first to finish win and the rest are cancelled."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from outlay.core.answer import Answer, Candidate, Snapshot
from outlay.core.errors import InvalidSettingError
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.trajectory import Trajectory
from outlay.strategies.decide import vote_of
from outlay.strategies.draw import check_temperature


class Finishers(StrEnum):
    """Which samples vote."""

    FIRST = "first"
    """The first to finish; the rest are cancelled."""
    LAST = "last"
    """The last to finish; all are paid for."""


@dataclass(frozen=True, slots=True)
class FirstFinish:
    """Start n samples at once; as soon as ``m`` of them have finished with a value these vote, the rest are cancelled.

    What is cancelled is stopped on the wire and paid only for what it had written. It helps reasoning models, whose
    right traces are shorter than wrong ones, and whoever waits: the time is that of the fastest sample. With
    ``which=last`` the last ``m`` vote instead, which shows whether longer traces are the better ones. The answer
    depends on the clock; ``shortest`` is the same by tokens, and repeatable.

    Attributes:
        n: samples that race.
        m: samples that vote; ties go to the earlier one.
        which: the first to finish or the last.
        temperature: of sampling.
    """

    n: int = 8
    m: int = 1
    which: Finishers = Finishers.FIRST
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {
        "n": [4, 8, 16, 32],
        "m": [1, 2, 4],
        "which": ["first", "last"],
        "temperature": TEMPERATURES,
    }

    info: StrategyInfo = StrategyInfo(
        "first_finish",
        "n samples race, the first to finish wins",
        "Agarwal et al. 2025, First Finish Search: Efficient Test-Time Scaling in Large Language Models, algorithm 1",
        cost="n samples, cut to the length of the m-th shortest",
        timed=True,
    )

    def __post_init__(self) -> None:
        for name in ("n", "m"):
            if getattr(self, name) < 1:
                raise InvalidSettingError("first_finish", name, getattr(self, name), "1 or above")
        if self.m > self.n:
            raise InvalidSettingError("first_finish", "m", self.m, f"at most n={self.n}")
        check_temperature("first_finish", self.temperature)

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each sample."""
        candidates: list[Candidate] = []
        finished: list[int] = []
        samples = run.sample(Trajectory(problem), self.n, temperature=self.temperature)
        async with aclosing(samples):  # type: ignore[type-var]
            async for _, trajectory in samples:
                candidates.append(Candidate(trajectory, trajectory.value))
                if trajectory.value is not None:
                    finished.append(len(candidates) - 1)
                voters = finished[: self.m] if self.which is Finishers.FIRST else finished[: -self.m - 1 : -1]
                choice = vote_of(problem, candidates, voters)
                chosen = candidates[choice.position]
                seen = Snapshot(candidates)
                yield Answer(chosen.value, chosen.trajectory, choice.confidence, seen, run.ledger.spent)
                if self.which is Finishers.FIRST and len(finished) == self.m:
                    return
