"""The bench's fakes, and a judge that signs for what it is asked and can be made to break."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from outlay.bench.parts import Parts
from outlay.core.catalogue import Catalogue
from outlay.core.cost import Cost
from outlay.core.errors import MissingCapabilityError, VerifierError
from outlay.core.model import Capability, LanguageModel
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges, Verdict, VerifierInfo
from tests.bench import fakes

PARTS = Parts(
    Catalogue("model", {"dice": "tests.bench.fakes:Dice"}, LanguageModel),
    fakes.PARTS.strategies,
    fakes.PARTS.verifiers,
    fakes.PARTS.tasks,
)


@dataclass(frozen=True)
class Signing:
    """Scores by the length of a text, for three tokens each; it cannot tell of a text with ``7`` at its end.

    Attributes:
        receipt: a file that gets a line with the texts of each call.
        breaks_after: calls that it survives; 0 for all.
        comparative: whether it compares.
        needs: what the run's model must offer.
    """

    receipt: str
    breaks_after: int = 0
    comparative: bool = False
    needs: frozenset[Capability] = frozenset()

    @property
    def info(self) -> VerifierInfo:
        return VerifierInfo(
            "signing", judges=Judges.STEPS, capabilities=self.needs, comparative=self.comparative, reserves_first=True
        )

    def require(self, problem: Problem) -> None:
        if problem.reference is None:
            raise MissingCapabilityError(
                "verifier 'signing'", "a reference", f"problem {problem.id!r}", "sums have one"
            )

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        if self.breaks_after and len(calls(Path(self.receipt))) >= self.breaks_after:
            raise VerifierError("the judge is broken")
        cost = Cost(verifier_tokens=3 * len(trajectories) + 1, calls=1)
        async with run.ledger.reserve(cost) as reservation:
            reservation.charge(cost)
        self._sign([one.text for one in trajectories])
        return [verdict(one.text) for one in trajectories]

    def _sign(self, texts: list[str]) -> None:
        with Path(self.receipt).open("a") as file:
            file.write(json.dumps(texts) + "\n")
            file.flush()
            os.fsync(file.fileno())


def verdict(text: str) -> Verdict:
    if text.endswith("7"):
        return Verdict.unknown("it ends with a 7")
    return Verdict(len(text) % 10 / 10, (0.5, len(text) % 10 / 10))


def calls(receipt: Path) -> list[list[str]]:
    if not receipt.exists():
        return []
    # A kill may cut the last line short.
    return [json.loads(line) for line in receipt.read_text().splitlines(keepends=True) if line.endswith("\n")]
