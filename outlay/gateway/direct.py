"""An answer without a strategy: one sample, drawn as the client says."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from outlay.core.answer import Answer, Candidate
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import StrategyInfo
from outlay.core.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class Direct:
    """One sample.

    Attributes:
        temperature: of sampling.
        top_p: nucleus; 1 keeps every token.
    """

    temperature: float = 1.0
    top_p: float = 1.0

    info: StrategyInfo = StrategyInfo("none", "one answer, drawn as the client says", "", only_draws=True)

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """One answer."""
        samples = run.sample(Trajectory(problem), temperature=self.temperature, top_p=self.top_p)
        async with aclosing(samples):  # type: ignore[type-var]
            async for _, found in samples:
                yield Answer(found.value, found, None, (Candidate(found, found.value),), run.ledger.spent)
