"""``unit_tests``: the model writes tests for the program that is asked for, and the drafts are run against them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from outlay.compose.judging import needing
from outlay.compose.layer import Draft, Kind
from outlay.compose.rank import check_keep, kept
from outlay.core.errors import InvalidSettingError
from outlay.core.model import LanguageModel
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import StrategyInfo
from outlay.verifiers.code.generated import GeneratedTests


@dataclass(frozen=True, slots=True)
class UnitTests:
    """Ranks programs by the share passed of tests that a model wrote, once for all drafts.

    The tests may be wrong; they are run in the sandbox. Where the model writes none that can be read, the order stays.

    Attributes:
        n: tests to ask for.
        keep: drafts that go on; all if left out.
        model: who writes the tests; the run's own model if left out.
    """

    n: int = 8
    keep: int | None = None
    model: LanguageModel | None = None

    kind: ClassVar[Kind] = Kind.RANK

    def __post_init__(self) -> None:
        if self.n < 1:
            raise InvalidSettingError("layer unit_tests", "n", self.n, "1 or above")
        check_keep("layer unit_tests", self.keep)

    @property
    def info(self) -> StrategyInfo:
        """What it is."""
        card = StrategyInfo("unit_tests", "the drafts that pass most tests", "", cost="n tests, once", together=True)
        return needing(card, GeneratedTests(self.n, self.model))

    def require(self, problem: Problem) -> None:
        """Refuse nothing; whether answers are programs is seen in the tests."""

    async def apply(self, problem: Problem, drafts: Sequence[Draft], run: Run) -> AsyncIterator[Sequence[Draft]]:
        """The drafts that pass most tests, best first."""
        verdicts = await run.judge([one.trajectory for one in drafts], GeneratedTests(self.n, self.model))
        if verdicts is None:
            return
        told = zip(drafts, verdicts, strict=True)
        yield kept([replace(one, score=said.score if said.judged else None) for one, said in told], self.keep, run)
