"""``critique``: what is wrong with each draft, in words, for the layer that fuses them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import ClassVar

from outlay.compose.layer import Draft, Kind
from outlay.compose.merge import merged
from outlay.compose.showing import fits, talking
from outlay.core import phrases
from outlay.core.dialogue import say
from outlay.core.model import LanguageModel
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import StrategyInfo
from outlay.core.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class Critique:
    """Asks the model about each draft and keeps what it says beside it. No draft is dropped.

    Attributes:
        ask: what is asked after each draft, as in ``ask="what are its strengths and its weaknesses?"``.
        model: who is asked, where it is not the run's own model.
        temperature: of the critiques.
    """

    ask: str = phrases.CRITICISE
    model: LanguageModel | None = None
    temperature: float = 0.0

    kind: ClassVar[Kind] = Kind.CRITIQUE

    def __post_init__(self) -> None:
        talking("critique", self.model, self.temperature)

    @property
    def info(self) -> StrategyInfo:
        """What it is."""
        needs = talking("critique", self.model, self.temperature)
        return StrategyInfo("critique", "what is wrong with each draft", "", capabilities=needs, cost="a reply a draft",
                            together=True)  # fmt: skip

    def require(self, problem: Problem) -> None:
        """Refuse nothing."""

    async def apply(self, problem: Problem, drafts: Sequence[Draft], run: Run) -> AsyncIterator[Sequence[Draft]]:
        """The drafts, each with its critique as soon as it is there."""
        asked = run if self.model is None else run.asking(self.model)
        found = list(drafts)
        talks = [(one, say(problem, drafts[one].trajectory, self.ask)) for one in range(len(drafts))]
        fitting = [(one, talk) for one, talk in talks if fits(asked, talk)]
        parts = asked.split(len(fitting))
        replies = [
            part.sample(Trajectory(talk), temperature=self.temperature)
            for part, (_, talk) in zip(parts, fitting, strict=True)
        ]
        # Each asks the ledger once, in the order of the drafts, so that they may all be under way.
        said = merged(replies, at_once=True)
        async with aclosing(said):  # type: ignore[type-var]
            async for position, (_, reply) in said:
                index = fitting[position][0]
                found[index] = replace(found[index], critique=reply.text.strip())
                yield list(found)
