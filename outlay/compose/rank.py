"""``rank``: drafts in the order of their verdicts, of which the best go on."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from outlay.compose.judging import best_first, needing, scored
from outlay.compose.layer import Draft, Kind
from outlay.core.errors import InvalidSettingError
from outlay.core.events import Selected
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import StrategyInfo
from outlay.core.verifier import Verifier


@dataclass(frozen=True, slots=True)
class Rank:
    """Puts the drafts in order, best first, and keeps some of them.

    The judge may be one that compares all answers, such as ``listwise`` or ``pairwise``. A draft without a verdict
    comes after all that have one.

    Attributes:
        verifier: who judges; the run's own verifier if left out.
        keep: drafts that go on; all if left out.
    """

    verifier: Verifier | None = None
    keep: int | None = None

    kind: ClassVar[Kind] = Kind.RANK

    def __post_init__(self) -> None:
        check_keep("layer rank", self.keep)

    @property
    def info(self) -> StrategyInfo:
        """What it is."""
        card = StrategyInfo("rank", "the best of the drafts", "", cost="a verdict a draft", together=True)
        return needing(card, self.verifier)

    def require(self, problem: Problem) -> None:
        """Refuse a problem that its own verifier refuses."""
        if self.verifier is not None:
            self.verifier.require(problem)

    async def apply(self, problem: Problem, drafts: Sequence[Draft], run: Run) -> AsyncIterator[Sequence[Draft]]:
        """The best drafts, best first."""
        verifier = self.verifier or run.verifier("layer rank", together=True)
        yield kept(await scored(drafts, run, verifier), self.keep, run)


def kept(drafts: Sequence[Draft], count: int | None, run: Run) -> list[Draft]:
    """The best so many, best first, of which whoever listens is told."""
    ordered = best_first(drafts)
    going_on, dropped = ordered[:count], ordered[count:] if count is not None else []
    run.emit(Selected(tuple(one.trajectory for one in going_on), tuple(one.trajectory for one in dropped)))
    return going_on


def check_keep(owner: str, keep: int | None) -> None:
    """Refuse to keep none.

    Raises:
        InvalidSettingError: naming the setting.
    """
    if keep is not None and keep < 1:
        raise InvalidSettingError(owner, "keep", keep, "1 or above, or left out to keep all")
