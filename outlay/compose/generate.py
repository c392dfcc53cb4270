"""``generate``: the first drafts, by sampling or by any strategy."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import ClassVar

from outlay.compose.layer import Draft, Kind
from outlay.compose.merge import merged
from outlay.core.dialogue import restated
from outlay.core.errors import MissingCapabilityError
from outlay.core.model import LanguageModel
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import Strategy, StrategyInfo
from outlay.core.trajectory import Trajectory
from outlay.strategies.draw import check_draw, draw


@dataclass(frozen=True, slots=True)
class Generate:
    """Draws n answers; with ``strategy``, each is what one run of that strategy comes to.

    Attributes:
        n: drafts.
        strategy: how each is made, as in ``strategy=beam_search(width=2)``; plain sampling if left out.
        model: who is asked, where it is not the run's own model.
        temperature: of plain sampling.
    """

    n: int = 1
    strategy: Strategy | None = None
    model: LanguageModel | None = None
    temperature: float = 1.0

    kind: ClassVar[Kind] = Kind.GENERATE

    def __post_init__(self) -> None:
        check_draw("layer generate", self.n, self.temperature)
        if self.strategy is None or self.model is None:
            return
        missing = self.strategy.info.capabilities - self.model.info.capabilities
        if missing:
            raise MissingCapabilityError(
                f"layer generate: {self.strategy.info.name}", " and ".join(sorted(missing)),
                f"model {self.model.info.name!r}", "see: outlay models list",
            )  # fmt: skip

    @property
    def info(self) -> StrategyInfo:
        """What it is; it needs what its strategy needs."""
        if self.strategy is None:
            return StrategyInfo("generate", "n answers", "", cost="n samples", together=True)
        inner = self.strategy.info
        needs = inner.capabilities if self.model is None else frozenset()
        return replace(inner, name="generate", summary=f"n answers by {inner.name}", capabilities=needs)

    def require(self, problem: Problem) -> None:
        """Refuse nothing."""

    async def apply(self, problem: Problem, drafts: Sequence[Draft], run: Run) -> AsyncIterator[Sequence[Draft]]:
        """The drafts so far, in the order of their numbers."""
        made: dict[int, Draft] = {}
        answers = self._answers(problem, run if self.model is None else run.asking(self.model))
        async with aclosing(answers):  # type: ignore[type-var]
            async for index, trajectory in answers:
                made[index] = Draft(trajectory)
                yield [made[i] for i in sorted(made)]

    async def _answers(self, problem: Problem, run: Run) -> AsyncIterator[tuple[int, Trajectory]]:
        if self.strategy is None:
            samples = draw(problem, run, self.n, self.temperature)
            async with aclosing(samples):  # type: ignore[type-var]
                async for sample in samples:
                    yield sample
            return
        runs = [self.strategy.improve(problem, part) for part in run.split(self.n)]
        answers = merged(runs, at_once=not run.ledger.limited)
        async with aclosing(answers):  # type: ignore[type-var]
            async for index, answer in answers:
                # It was chosen among others, and must not pass for an independent sample.
                yield index, restated(problem, answer.trajectory)
