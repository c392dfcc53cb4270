"""The contract of a verifier: it judges a batch of trajectories."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from outlay.core.cost import NOTHING, Cost
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.trajectory import Trajectory

if TYPE_CHECKING:
    from outlay.core.run import Run


class Judges(StrEnum):
    """What a verifier can judge."""

    OUTCOMES = "outcomes"
    """Finished answers only."""
    STEPS = "steps"
    """Partial trajectories too, step by step."""


@dataclass(frozen=True, slots=True)
class VerifierInfo:
    """What a verifier is.

    Attributes:
        name: how it is named on the command line.
        summary: one line for lists.
        judges: outcomes only, or steps too.
        needs: what a problem or model must offer, for lists; ``""`` if nothing.
        capabilities: what it must find in the run's own model, because it asks that one.
        calibrated: whether a score of p means right with probability p.
        comparative: whether it compares the answers that it is given at once, so that verdicts of different calls do
            not compare; only strategies that can wait for all their answers take such a verifier.
        reserves_first: whether it asks the ledger for a whole trajectory at once and before it waits for anything, so
            that verdicts asked for in order are paid for in order, however many are under way.
    """

    name: str
    summary: str = ""
    judges: Judges = Judges.OUTCOMES
    needs: str = ""
    capabilities: frozenset[Capability] = frozenset()
    calibrated: bool = False
    comparative: bool = False
    reserves_first: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verifier says of one trajectory.

    Attributes:
        score: in [0, 1]; higher is better.
        step_scores: one score in [0, 1] for each step, where the verifier judges steps.
        evidence: what the verifier has to say for it.
        cost: what judging this trajectory cost.
        judged: whether the verifier could tell; if not, the score is 0, the evidence says why, and strategies treat
            the trajectory as one that nobody has judged.
    """

    score: float
    step_scores: tuple[float, ...] | None = None
    evidence: str = ""
    cost: Cost = NOTHING
    judged: bool = True

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"a verdict's score must be in [0, 1]; got {self.score!r}")

    @classmethod
    def unknown(cls, why: str, cost: Cost = NOTHING) -> "Verdict":
        """No verdict: the verifier ran out of time, answered off its format or cannot say. It never counts as a pass.

        Args:
            why: what happened.
            cost: what the attempt cost.
        """
        return cls(0.0, evidence=why, cost=cost, judged=False)


class Verifier(Protocol):
    """Judges trajectories; scores compare within one problem.

    The verdict of a trajectory does not depend on what else is in the batch, unless the verifier says that it compares
    (``info.comparative``). Everything it spends is paid from the run's ledger, as verifier tokens.
    """

    @property
    def info(self) -> VerifierInfo:
        """What the verifier is."""
        ...

    def require(self, problem: Problem) -> None:
        """Refuse a problem that lacks what the verifier needs.

        Raises:
            MissingCapabilityError: naming what is missing and what has it.
        """
        ...

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: "Run") -> list[Verdict]:
        """One verdict for each trajectory, in their order.

        Raises:
            BudgetExhausted: if the run's ledger cannot pay for it.
            VerifierError: if it is broken for every trajectory, as a missing program or a dead server is; what it
                cannot tell of one trajectory is ``Verdict.unknown``.
        """
        ...
