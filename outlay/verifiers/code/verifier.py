"""``code``: runs a whole program against the tests of its problem, in a sandbox."""

from collections.abc import Sequence
from dataclasses import dataclass

from outlay.core.cost import Cost
from outlay.core.errors import MissingCapabilityError
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict, VerifierInfo
from outlay.verifiers.code.batch import mark_all, sandbox_for
from outlay.verifiers.code.limits import CodeLimits
from outlay.verifiers.code.marks import Mark, share, summary, verdict


@dataclass(frozen=True, slots=True)
class Code:
    """Scores 1 if a program passes all tests, else 0. Tests that cannot tell give no verdict.

    Tests run in one process and the program in another, which sees what it is called with and nothing else, so that
    no program passes by what it prints, patches or knows of its tests. The package's docstring says what holds it in.

    Attributes:
        partial: score the share of tests that pass instead.
        seconds: wall time for all tests of a program, or for each of its inputs; CPU time is limited alike.
        memory: megabytes of address space.
        require_sandbox: refuse to run anything where the walls of the sandbox have a hole.
    """

    partial: bool = False
    seconds: float = 10.0
    memory: int = 512
    require_sandbox: bool = False
    info: VerifierInfo = VerifierInfo(
        "code", "runs a whole program against its tests, in a sandbox", needs="tests of whole programs"
    )

    def __post_init__(self) -> None:
        CodeLimits.of("code", self.seconds, self.memory)

    def require(self, problem: Problem) -> None:
        """Refuse a problem without tests of whole programs."""
        if problem.code_tests is None:
            raise MissingCapabilityError(
                "verifier 'code'",
                "tests of whole programs",
                f"problem {problem.id!r}",
                "the task 'code_jsonl' has them",
            )

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory; an answer without a program fails.

        Raises:
            VerifierError: if the sandbox fails.
        """
        self.require(problem)
        assert problem.code_tests is not None  # noqa: S101 (just required)
        values = [one.value for one in trajectories]
        programs = [value for value in values if value is not None]
        cost = Cost(calls=1)
        async with run.ledger.reserve(cost) as reservation:
            reservation.charge(cost)
            isolation = await sandbox_for("verifier 'code'", self.require_sandbox)
            limits = CodeLimits.of("code", self.seconds, self.memory)
            marks = await mark_all(programs, problem.code_tests, limits, isolation)
        return [Verdict(0.0) if value is None else self._verdict(marks[value]) for value in values]

    def _verdict(self, marks: Sequence[Mark]) -> Verdict:
        passed, evidence = verdict(marks), summary(marks)
        if passed is None:
            return Verdict.unknown(evidence)
        return Verdict((share(marks) or 0.0) if self.partial else float(passed), evidence=evidence)
