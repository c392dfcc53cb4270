"""``maths``: compares an answer with the reference as mathematics."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from outlay.core.cost import Cost
from outlay.core.errors import MissingCapabilityError
from outlay.core.problem import AnsweredReference, Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict, VerifierInfo
from outlay.verifiers.judgement import Judgement
from outlay.verifiers.maths.judge import MathsJudge


@dataclass(frozen=True, slots=True)
class Maths:
    """Scores 1 for an answer that means the same as the reference and 0 for one that does not.

    ``1/2`` equals ``0.5`` and ``x^2 - 1`` equals ``(x - 1)(x + 1)``. A comparison that takes too long, or an answer
    that is neither words nor readable mathematics, gives no verdict. Judging a batch costs one call.

    Attributes:
        seconds: wall time that one comparison may take.
        memory: megabytes of address space that one comparison may take.

    Raises:
        InvalidSettingError: if a limit is out of range.
        MissingExtraError: if sympy or math-verify are missing.
    """

    seconds: float = 5.0
    memory: int = 512
    info: VerifierInfo = VerifierInfo(
        "maths",
        "compares with the reference as mathematics",
        needs="a reference with a known answer",
        reserves_first=True,
    )
    _judge: MathsJudge = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_judge", MathsJudge(self.seconds, self.memory))

    def require(self, problem: Problem) -> None:
        """Refuse a problem whose reference knows no answer."""
        if not isinstance(problem.reference, AnsweredReference):
            raise MissingCapabilityError(
                "verifier 'maths'", "a reference with a known answer", f"problem {problem.id!r}",
                "the task 'jsonl' has one on each line with an answer",
            )  # fmt: skip

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory; one without an answer fails.

        Raises:
            VerifierError: if the worker cannot be started.
        """
        self.require(problem)
        assert isinstance(problem.reference, AnsweredReference)  # noqa: S101 (just required)
        reference = problem.reference.answer
        cost = Cost(calls=1)
        async with run.ledger.reserve(cost) as reservation:
            reservation.charge(cost)
            values = sorted({one.value for one in trajectories if one.value is not None})
            verdicts = {value: _verdict(await self._judge.judge(reference, value)) for value in values}
        return [verdicts[one.value] if one.value is not None else Verdict(0.0) for one in trajectories]


def _verdict(judgement: Judgement) -> Verdict:
    if judgement.passed is None:
        return Verdict.unknown(judgement.reason)
    return Verdict(judgement.score, evidence=judgement.reason)
