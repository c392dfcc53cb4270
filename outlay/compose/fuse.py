"""``fuse``: the model sees several drafts and writes one answer."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import ClassVar

from outlay.compose.layer import Draft, Kind
from outlay.compose.showing import Shown, conversation, fits, talking
from outlay.core.dialogue import restated
from outlay.core.model import LanguageModel
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import StrategyInfo
from outlay.core.trajectory import Trajectory
from outlay.strategies.select import check_counts


@dataclass(frozen=True, slots=True)
class Fuse:
    """Shows the model the best drafts, with their critiques, and draws n answers, which take the place of the drafts.

    As many are shown as the model's context holds; where not even one fits, the drafts go on as they are.

    Attributes:
        n: answers to draw.
        show: drafts in view at most, the first ones; all answers are made from the same.
        shown: as ``turns`` of a conversation, or in one message as a ``list``.
        ask: what is said last; empty for words that go with ``shown``.
        keep: whether the drafts stay beside what was made of them, for a later layer to choose.
        model: who is asked, where it is not the run's own model.
        temperature: of sampling.
    """

    n: int = 1
    show: int = 4
    shown: Shown = Shown.TURNS
    ask: str = ""
    keep: bool = False
    model: LanguageModel | None = None
    temperature: float = 1.0

    kind: ClassVar[Kind] = Kind.FUSE

    def __post_init__(self) -> None:
        check_counts("layer fuse", n=self.n, show=self.show)
        talking("fuse", self.model, self.temperature)

    @property
    def info(self) -> StrategyInfo:
        """What it is."""
        needs = talking("fuse", self.model, self.temperature)
        return StrategyInfo("fuse", "one answer out of several drafts", "", capabilities=needs,
                            cost="n samples that read up to show drafts", together=True)  # fmt: skip

    def require(self, problem: Problem) -> None:
        """Refuse nothing."""

    async def apply(self, problem: Problem, drafts: Sequence[Draft], run: Run) -> AsyncIterator[Sequence[Draft]]:
        """What was made of the drafts, and the drafts themselves if they stay."""
        asked = run if self.model is None else run.asking(self.model)
        talk = self._talk(problem, drafts, asked)
        if talk is None:
            return
        staying = list(drafts) if self.keep else []
        made: dict[int, Draft] = {}
        samples = asked.sample(Trajectory(talk), self.n, temperature=self.temperature)
        async with aclosing(samples):  # type: ignore[type-var]
            async for index, said in samples:
                made[index] = Draft(restated(problem, said))
                yield [*(made[i] for i in sorted(made)), *staying]

    def _talk(self, problem: Problem, drafts: Sequence[Draft], run: Run) -> Problem | None:
        for count in range(min(self.show, len(drafts)), 0, -1):
            talk = conversation(problem, drafts[:count], self.shown, self.ask)
            if fits(run, talk):
                return talk
        return None
