"""``step_check``: the task's own exact check of each step, a process verifier of perfect quality."""

from collections.abc import Sequence
from dataclasses import dataclass

from outlay.core.errors import MissingCapabilityError
from outlay.core.problem import Problem, StepReference
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges, Verdict, VerifierInfo


@dataclass(frozen=True, slots=True)
class StepCheck:
    """Scores a step 1 if it and all steps before it are right, else 0. Costs nothing."""

    info: VerifierInfo = VerifierInfo(
        "step_check",
        "the task's exact check of every step",
        Judges.STEPS,
        "a task that checks steps",
        calibrated=True,
    )

    def require(self, problem: Problem) -> None:
        """Refuse a problem whose reference cannot check steps."""
        if not isinstance(problem.reference, StepReference):
            raise MissingCapabilityError(
                "verifier 'step_check'", "a reference that checks steps", f"problem {problem.id!r}",
                "chain, countdown, procedure and program have one",
            )  # fmt: skip

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory; its score is that of the last step."""
        self.require(problem)
        assert isinstance(problem.reference, StepReference)  # noqa: S101 (just required)
        verdicts = []
        for one in trajectories:
            labels = problem.reference.step_labels(problem.step_rule.split(one.text))
            scores = tuple(map(float, labels)) or (0.0,)
            verdicts.append(Verdict(scores[-1], scores))
        return verdicts
