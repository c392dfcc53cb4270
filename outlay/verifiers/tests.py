"""``tests``: runs a program against its visible tests, in a sandbox; an imperfect verifier by design."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from outlay.core.cost import Cost
from outlay.core.errors import InvalidSettingError, MissingCapabilityError
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict, VerifierInfo
from outlay.verifiers.sandbox.process import Output, SandboxLimits, run_programs


@dataclass(frozen=True, slots=True)
class Tests:
    """Scores 1 if a program passes all visible tests, else 0; a wrong program may pass them all.

    A program is an expression in ``x`` or statements that define ``f``. It runs in a process of its own with limits
    on time, memory, files and network; what it returns is compared here, out of its reach. Source of the idea that
    passing is not being right: "Inference Scaling fLaws: The Limits of LLM Resampling with Imperfect Verifiers".

    Attributes:
        partial: score the share of tests that pass instead.
        seconds: wall time that one program may take for all its tests.
        memory: megabytes of address space.
    """

    partial: bool = False
    seconds: float = 4.0
    memory: int = 256
    info: VerifierInfo = VerifierInfo(
        "tests", "runs a program against its visible tests, in a sandbox", needs="visible tests", reserves_first=True
    )

    def __post_init__(self) -> None:
        if not 0.05 <= self.seconds <= 600:
            raise InvalidSettingError("tests", "seconds", self.seconds, "between 0.05 and 600")
        if self.memory < 64:
            raise InvalidSettingError("tests", "memory", self.memory, "64 megabytes or more")

    def require(self, problem: Problem) -> None:
        """Refuse a problem that has no visible tests."""
        if not problem.visible_tests:
            raise MissingCapabilityError(
                "verifier 'tests'", "visible tests", f"problem {problem.id!r}", "the task 'program' has some"
            )

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory; an answer without a program fails.

        Raises:
            VerifierError: if the sandbox fails.
        """
        self.require(problem)
        programs = sorted({one.value for one in trajectories if one.value is not None})
        inputs = [test.input for test in problem.visible_tests]
        limits = SandboxLimits(self.seconds, max(1, round(self.seconds / 2)), self.memory)
        cost = Cost(calls=1)
        async with run.ledger.reserve(cost) as reservation:
            reservation.charge(cost)
            outputs = await run_programs(programs, inputs, limits) if programs else []
        verdicts = {program: self._verdict(problem, found) for program, found in zip(programs, outputs, strict=True)}
        return [verdicts[one.value] if one.value is not None else Verdict(0.0) for one in trajectories]

    def _verdict(self, problem: Problem, outputs: Sequence[Output]) -> Verdict:
        passed, failures = 0, []
        for test, output in zip(problem.visible_tests, outputs, strict=True):
            if not output.failed and same_value(test.output, output.text):
                passed += 1
            else:
                failures.append(f"f({test.input}): expected {test.output}, got {output.text}")
        share = passed / len(outputs)
        evidence = f"{passed} of {len(outputs)} tests passed" + "".join(f"; {one}" for one in failures[:1])
        return Verdict(share if self.partial else float(passed == len(outputs)), evidence=evidence)


def same_value(expected: str, got: str) -> bool:
    """Whether two texts of values are the same text or the same number."""
    if expected.strip() == got.strip():
        return True
    try:
        return Decimal(expected) == Decimal(got)
    except InvalidOperation:
        return False
