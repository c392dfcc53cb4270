"""What a judge says of which step was decisive, and the contract of such a judge."""

from dataclasses import dataclass
from typing import Protocol

from outlay.audit.attribution.trace import FailedTrace
from outlay.core.run import Run


@dataclass(frozen=True, slots=True)
class Attribution:
    """A failed answer attributed by a judge.

    Attributes:
        decisive: the step, counted from 1; None if the judge names none or cannot tell.
        weights: (steps,), what speaks for each: its share of the votes, or the fall of its score.
        evidence: what the judge has to say for it.
        judged: whether the judge could tell.
    """

    decisive: int | None
    weights: tuple[float, ...]
    evidence: str
    judged: bool = True

    @classmethod
    def unknown(cls, why: str) -> "Attribution":
        """Nothing could be told."""
        return cls(None, (), why, judged=False)


class FailureJudge(Protocol):
    """Names the decisive step of a failed answer. All that it spends is paid from the run's ledger."""

    def require(self, trace: FailedTrace, run: Run) -> None:
        """Refuse what lacks something that the judge needs.

        Raises:
            MissingCapabilityError: naming what is missing and what has it.
        """
        ...

    async def attribute(self, trace: FailedTrace, run: Run) -> Attribution:
        """Name a step; ``Attribution.unknown`` if the budget is out or nothing can be told.

        Raises:
            VerifierError: if it is broken for every answer.
        """
        ...
