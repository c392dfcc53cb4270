"""``proof``: the embedded checker of natural deduction, a process verifier of perfect quality for proofs."""

from collections.abc import Sequence
from dataclasses import dataclass

from outlay.core.errors import MissingCapabilityError
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Trajectory
from outlay.core.verifier import Judges, Verdict, VerifierInfo
from outlay.logic.argument import Argument, read_sequent
from outlay.logic.proof.check import Checked, check, step_labels


@dataclass(frozen=True, slots=True)
class Proof:
    """Scores a step 1 if all lines of the proof so far are right, else 0. Costs nothing.

    A finished answer passes if its last line is the conclusion, outside of all boxes; one that ends before that
    scores 0 in its last step. The form of proofs is described in ``outlay.logic.proof``.
    """

    info: VerifierInfo = VerifierInfo(
        "proof",
        "checks natural deduction line by line",
        Judges.STEPS,
        "premises and a conclusion as formulas",
        calibrated=True,
    )

    def require(self, problem: Problem) -> None:
        """Refuse a problem without formulas, and formulas that cannot be read.

        Raises:
            MissingCapabilityError: if there are none.
            FormulaError: where one is wrong.
        """
        _argument(problem)

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory, with a score for each of its steps."""
        argument = _argument(problem)
        return [_verdict(argument, problem.step_rule.split(one.text), one.finish) for one in trajectories]


def why(checked: Checked) -> str:
    """What there is to say of a checked proof."""
    if checked.fault:
        return checked.fault
    return f"all {checked.right} lines are right" + ("" if checked.proved else ", but the last is not the conclusion")


def _verdict(argument: Argument, steps: Sequence[str], finish: Finish | None) -> Verdict:
    checked = check(argument, "\n".join(steps))
    scores = [float(right) for right in step_labels(checked, steps)] or [0.0]
    if finish is Finish.LENGTH or (finish is Finish.END and not checked.proved):
        scores[-1] = 0.0
    return Verdict(scores[-1], tuple(scores), why(checked))


def _argument(problem: Problem) -> Argument:
    if problem.sequent is None:
        raise MissingCapabilityError(
            "verifier 'proof'", "premises and a conclusion as formulas", f"problem {problem.id!r}",
            "the task 'proof' has them",
        )  # fmt: skip
    return read_sequent(problem.sequent)
