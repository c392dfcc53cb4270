"""What is right where only tests can say: a program that passes all of them in the sandbox."""

from dataclasses import dataclass, field, replace
from threading import Thread

import anyio
import numpy as np

from outlay.core.ledger import Ledger
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Verdict, Verifier
from outlay.models import MODELS
from outlay.verifiers import VERIFIERS


@dataclass(frozen=True, slots=True)
class PassingReference:
    """Right is a program that passes the problem's tests; what they cannot judge is not right.

    Each program runs once. A reference is asked outside of any run: nothing is charged.
    """

    problem: Problem
    verifier: Verifier = field(compare=False)
    _known: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    def is_correct(self, value: str | None) -> bool:
        """Whether a program passes all tests.

        Raises:
            VerifierError: if the sandbox fails.
        """
        if value is None:
            return False
        if value not in self._known:
            self._known[value] = self._run(value)
        return self._known[value]

    def _run(self, program: str) -> bool:
        told: list[Verdict | BaseException] = []

        def ask() -> None:
            try:
                told.append(anyio.run(_judged, self.verifier, self.problem, program))
            except Exception as error:  # noqa: BLE001 (raised again below)
                told.append(error)

        # A reference answers at once, and this thread may already run an event loop.
        thread = Thread(target=ask)
        thread.start()
        thread.join()
        verdict = told[0]
        if isinstance(verdict, BaseException):
            raise verdict
        return verdict.judged and verdict.score == 1.0


def graded(problem: Problem) -> Problem:
    """The problem with its tests as reference, if it has tests and no reference."""
    if problem.reference is not None or problem.code_tests is None:
        return problem
    return replace(problem, reference=PassingReference(problem, VERIFIERS.build("code")))


async def _judged(verifier: Verifier, problem: Problem, program: str) -> Verdict:
    """The verdict on a program. No model is asked; a run has to have one."""
    run = Run(MODELS.build("simulated"), Ledger(), np.random.default_rng(0))
    answer = Trajectory(replace(problem, answer_rule=_Itself())).extend(Step(program), Finish.END)
    (verdict,) = await verifier.judge(problem, [answer], run)
    return verdict


@dataclass(frozen=True, slots=True)
class _Itself:
    """An answer rule for a value that has been extracted: it is the text."""

    def extract(self, text: str) -> str | None:
        """The text."""
        return text

    def equal(self, first: str, second: str) -> bool:
        """Whether they are the same."""
        return first == second
