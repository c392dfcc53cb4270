"""Drawing n samples of the bare question, for a pool: nothing is chosen and nothing is stopped early."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from outlay.core.answer import Answer, Candidate
from outlay.core.errors import InvalidSettingError
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import StrategyInfo
from outlay.core.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class IndependentSamples:
    """Draws n samples, some at a time. Its answer is the first of them; the others are in the journal.

    Attributes:
        n: how many.
        temperature: of sampling.
        top_p: nucleus of sampling.
        batch: how many are asked for in one call, whose prompt is paid once.

    Raises:
        InvalidSettingError: for a setting out of range.
    """

    n: int
    temperature: float = 1.0
    top_p: float = 1.0
    batch: int = 64

    def __post_init__(self) -> None:
        for name in ("n", "batch"):
            if getattr(self, name) < 1:
                raise InvalidSettingError("sample", name, getattr(self, name), "1 or above")
        if not self.temperature >= 0:
            raise InvalidSettingError("sample", "temperature", self.temperature, "0 or above")
        if not 0 < self.top_p <= 1:
            raise InvalidSettingError("sample", "top_p", self.top_p, "above 0 and at most 1")

    @property
    def info(self) -> StrategyInfo:
        """What it is."""
        return StrategyInfo("independent_samples", "n samples for a pool", "", cost="n samples")

    async def draw(self, problem: Problem, run: Run) -> AsyncIterator[tuple[int, Trajectory]]:
        """The samples with their numbers, as they finish."""
        for drawn in range(0, self.n, self.batch):
            count = min(self.batch, self.n - drawn)
            samples = run.sample(Trajectory(problem), count, temperature=self.temperature, top_p=self.top_p)
            async with aclosing(samples):  # type: ignore[type-var]
                async for index, trajectory in samples:
                    yield drawn + index, trajectory

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """The first sample, when all are there."""
        first: Trajectory | None = None
        drawn = self.draw(problem, run)
        async with aclosing(drawn):  # type: ignore[type-var]
            async for index, trajectory in drawn:
                first = trajectory if index == 0 else first
        if first is not None:
            yield Answer(first.value, first, None, (Candidate(first, first.value),), run.ledger.spent)
