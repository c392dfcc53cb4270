"""``cascade``: the cheap verifier first; a dear one only where the cheap one is not sure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from outlay.core.cost import NOTHING
from outlay.core.errors import InvalidSettingError
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges, Verdict, Verifier, VerifierInfo
from outlay.verifiers.ensembles.members import check_members


@dataclass(frozen=True, slots=True)
class Cascade:
    """Asks its members in turn, until one is sure: a score of at most ``low`` or at least ``high``.

    A member that cannot tell passes the answer on; the last one's word counts whatever it is. It saves what the dear
    members cost on easy answers, and is no better than the cheap one's certainty. Scores of different members compare
    only if each is calibrated: ``outlay verify audit`` says how well.

    Attributes:
        of: the members, cheapest first.
        low: score from which down a member is sure that an answer is wrong.
        high: score from which up a member is sure that an answer is right.
    """

    of: tuple[Verifier, ...]
    low: float = 0.1
    high: float = 0.9

    def __post_init__(self) -> None:
        check_members("cascade", self.of)
        if not 0 <= self.low < self.high <= 1:
            raise InvalidSettingError(
                "verifier cascade", "low", self.low, f"from 0 to below high={self.high}, at most 1"
            )

    @property
    def info(self) -> VerifierInfo:
        """What it is: it judges what all of its members judge."""
        infos = [one.info for one in self.of]
        return VerifierInfo(
            f"cascade(of=[{', '.join(info.name for info in infos)}])",
            "the cheap verifier first, a dear one where it is not sure",
            Judges.STEPS if all(info.judges is Judges.STEPS for info in infos) else Judges.OUTCOMES,
            capabilities=frozenset().union(*(info.capabilities for info in infos)),
        )

    def require(self, problem: Problem) -> None:
        """Refuse what any member refuses."""
        for one in self.of:
            one.require(problem)

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory, by the first member that is sure of it."""
        told: dict[int, Verdict] = {}
        unsure = list(range(len(trajectories)))
        for member in self.of:
            verdicts = await member.judge(problem, [trajectories[i] for i in unsure], run) if unsure else []
            for i, verdict in zip(unsure, verdicts, strict=True):
                cost = told[i].cost if i in told else NOTHING
                evidence = f"{member.info.name}: {verdict.evidence or f'{verdict.score:.2f}'}"
                told[i] = replace(verdict, evidence=evidence, cost=cost + verdict.cost)
            unsure = [i for i in unsure if not told[i].judged or self.low < told[i].score < self.high]
        return [told[i] for i in range(len(trajectories))]
