"""``exact``: has the reference, and so marks the upper bound of what selection can reach."""

from collections.abc import Sequence
from dataclasses import dataclass

from outlay.core.errors import MissingCapabilityError
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict, VerifierInfo


@dataclass(frozen=True, slots=True)
class Exact:
    """Scores 1 for a right answer and 0 for any other, unfinished ones included. Costs nothing."""

    info: VerifierInfo = VerifierInfo(
        "exact", "compares with the reference: the upper bound", needs="a reference", calibrated=True
    )

    def require(self, problem: Problem) -> None:
        """Refuse a problem without a reference."""
        if problem.reference is None:
            raise MissingCapabilityError(
                "verifier 'exact'",
                "a reference answer",
                f"problem {problem.id!r}",
                "generated tasks have one",
            )

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory."""
        self.require(problem)
        assert problem.reference is not None  # noqa: S101 (just required)
        return [Verdict(float(problem.reference.is_correct(one.value))) for one in trajectories]
