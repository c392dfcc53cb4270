"""What a run's verifiers pay for, kept: so that a run that is repeated after a kill need not pay for it again."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from outlay.core.model import LanguageModel, Meter
from outlay.core.verifier import Verdict

Judging = Callable[[Meter], Awaitable[list[Verdict]]]
"""Judges, and tells the meter what it spends."""


class Journal(Protocol):
    """Stands between a run's verifiers and whom they ask."""

    def model(self, model: LanguageModel) -> LanguageModel:
        """A verifier's own model, whose replies are kept."""
        ...

    async def verdicts(self, asked: str, judge: Judging, meter: Meter) -> list[Verdict]:
        """What ``judge`` gives; kept verdicts, with what they were charged, if the same was asked before.

        Args:
            asked: all that the verdicts depend on, as text.
            judge: who is asked for what is not kept.
            meter: told what the verdicts cost, whether they are kept ones or not.
        """
        ...


class NoJournal:
    """Keeps nothing."""

    def model(self, model: LanguageModel) -> LanguageModel:
        """The model itself."""
        return model

    async def verdicts(self, asked: str, judge: Judging, meter: Meter) -> list[Verdict]:
        """What ``judge`` gives."""
        return await judge(meter)
