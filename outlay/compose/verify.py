"""``verify``: drafts that a verifier refuses do not go on."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from outlay.compose.judging import needing, scored
from outlay.compose.layer import Draft, Kind
from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.core.events import Selected
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import StrategyInfo
from outlay.core.verifier import Verifier


@dataclass(frozen=True, slots=True)
class Verify:
    """Drops every draft whose verdict is below ``accept``.

    A draft of which the verifier cannot tell stays, and where all are refused all stay. Their order and their scores
    are left as they are, so that a vote counts the accepted ones alike.

    Attributes:
        verifier: who judges; the run's own verifier if left out. It must not be one that compares.
        accept: score in [0, 1] that is enough.
    """

    verifier: Verifier | None = None
    accept: float = 0.5

    kind: ClassVar[Kind] = Kind.VERIFY

    def __post_init__(self) -> None:
        if not 0 <= self.accept <= 1:
            raise InvalidSettingError("layer verify", "accept", self.accept, "from 0 to 1")
        if self.verifier is not None and self.verifier.info.comparative:
            raise InvalidInputError(
                f"layer verify: {self.verifier.info.name} compares answers and accepts none; use it to rank, as in "
                f"rank(verifier={self.verifier.info.name}, keep=1)"
            )

    @property
    def info(self) -> StrategyInfo:
        """What it is."""
        card = StrategyInfo("verify", "the drafts that pass", "", cost="a verdict a draft", together=self._own)
        return needing(card, self.verifier)

    def require(self, problem: Problem) -> None:
        """Refuse a problem that its own verifier refuses."""
        if self.verifier is not None:
            self.verifier.require(problem)

    async def apply(self, problem: Problem, drafts: Sequence[Draft], run: Run) -> AsyncIterator[Sequence[Draft]]:
        """The drafts that pass."""
        verifier = self.verifier or run.verifier("layer verify")
        verdicts = [one.score for one in await scored(drafts, run, verifier)]
        pairs = list(zip(drafts, verdicts, strict=True))
        passed = [one for one, score in pairs if score is None or score >= self.accept]
        going_on = passed or list(drafts)
        staying = {one.trajectory for one in going_on}
        dropped = (one.trajectory for one in drafts if one.trajectory not in staying)
        run.emit(Selected(tuple(one.trajectory for one in going_on), tuple(dropped)))
        yield going_on

    @property
    def _own(self) -> bool:
        return self.verifier is not None
