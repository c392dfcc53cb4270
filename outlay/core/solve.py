"""Runs one strategy on one problem under one budget, and says what came of it."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

import anyio

from outlay.core.answer import Answer
from outlay.core.cost import Cost
from outlay.core.errors import MissingCapabilityError, OutlayError
from outlay.core.events import AnswerImproved
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import Strategy

FINISHED = "strategy"
"""``Outcome.stopped_by`` of a strategy that ended by itself."""


@dataclass(frozen=True, slots=True)
class Improvement:
    """A point of the curve: from this cost on, this was the answer."""

    value: str | None
    correct: bool | None
    confidence: float | None
    cost: Cost


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a strategy made of a problem.

    Attributes:
        answer: the last answer; None if no sample finished.
        correct: whether it is right; None where the problem has no reference.
        stopped_by: ``"strategy"``, or the limit that ended it.
        cost: everything paid, also for what came too late for the answer.
        curve: every change of the answer, in order.
        covered: whether any of several submissions is right; ``correct`` where there is only one.
    """

    answer: Answer | None
    correct: bool | None
    stopped_by: str
    cost: Cost
    curve: Sequence[Improvement]
    covered: bool | None = None

    @property
    def value(self) -> str | None:
        """The answer's value, if there is one."""
        return self.answer.value if self.answer else None


async def solve(problem: Problem, strategy: Strategy, run: Run) -> Outcome:
    """Iterate a strategy until it is done, its budget is out or its deadline has come.

    Raises:
        MissingCapabilityError: if model or verifier lack what the strategy needs.
        ModelError: if the model failed.
        VerifierError: if the verifier failed.
    """
    check(strategy, problem, run)
    last: Answer | None = None
    curve: list[Improvement] = []
    deadline = run.ledger.seconds_left
    with anyio.move_on_after(deadline) as scope:
        try:
            answers = strategy.improve(problem, run)
            async with aclosing(answers):  # type: ignore[type-var]
                async for answer in answers:
                    if last is None or answer.value != last.value:
                        curve.append(_improvement(problem, answer))
                    last = answer
                    run.emit(AnswerImproved(answer))
        except BaseExceptionGroup as group:
            raise first_of(group) from group
    stopped = "seconds" if scope.cancelled_caught else run.exhausted or FINISHED
    correct = _correct(problem, last.value if last else None)
    handed_in = [correct, *(_correct(problem, one.value) for one in (last.submissions if last else ()))]
    covered = None if correct is None else any(handed_in)
    return Outcome(last, correct, str(stopped), run.ledger.spent, tuple(curve), covered)


def check(strategy: Strategy, problem: Problem, run: Run) -> None:
    """Refuse a run that lacks what its strategy needs, before anything is spent.

    Raises:
        MissingCapabilityError: naming what is missing and what offers it.
    """
    info = strategy.info
    missing = info.capabilities - run.model.info.capabilities
    if missing:
        raise _lacking(info.name, missing, run)
    if info.verifier is not None:
        verifier = run.verifier(info.name, steps=info.verifier == "steps", together=info.together)
        missing = verifier.info.capabilities - run.model.info.capabilities
        if missing:
            raise _lacking(f"verifier {verifier.info.name!r}", missing, run)
        verifier.require(problem)


def _lacking(needed_by: str, missing: frozenset[Capability], run: Run) -> MissingCapabilityError:
    return MissingCapabilityError(
        needed_by, " and ".join(sorted(missing)), f"model {run.model.info.name!r}",
        "pocket_dialogue offers them" if Capability.DIALOGUE in missing else "see: outlay models list",
    )  # fmt: skip


def _improvement(problem: Problem, answer: Answer) -> Improvement:
    return Improvement(answer.value, _correct(problem, answer.value), answer.confidence, answer.cost)


def _correct(problem: Problem, value: str | None) -> bool | None:
    return None if problem.reference is None else problem.reference.is_correct(value)


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error of a group that is worth telling: one of ours if there is one, else the first."""
    leaves: list[BaseException] = []
    pending: list[BaseException] = [group]
    while pending:
        error = pending.pop(0)
        if isinstance(error, BaseExceptionGroup):
            pending.extend(error.exceptions)
        else:
            leaves.append(error)
    return next((error for error in leaves if isinstance(error, OutlayError)), leaves[0])
