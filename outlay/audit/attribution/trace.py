"""A failed answer, cut into its steps: what is attributed."""

from dataclasses import dataclass

from outlay.core.errors import InvalidInputError, MissingCapabilityError
from outlay.core.problem import Problem, Reference
from outlay.core.trajectory import Finish, Step, Trajectory


@dataclass(frozen=True, slots=True, eq=False)
class FailedTrace:
    """An answer that is not right, as a path of steps.

    Attributes:
        answer: the whole of it, a ``Step`` each.
        prefixes: one for each step, what stands before it; the first is the bare problem. They share their steps.
    """

    answer: Trajectory
    prefixes: tuple[Trajectory, ...]

    @property
    def problem(self) -> Problem:
        """What was asked."""
        return self.answer.problem

    @property
    def texts(self) -> list[str]:
        """What each step says."""
        return [step.text for step in self.answer.steps]


def failed_trace(answer: Trajectory) -> FailedTrace:
    """Cut an answer by its problem's step rule; steps that were drawn one by one stay as they are, with their caches.

    Raises:
        MissingCapabilityError: if the problem has no reference, without which nobody knows what failed.
        InvalidInputError: if the answer is right, or has no step.
    """
    if reference_of(answer.problem).is_correct(answer.value):
        raise InvalidInputError("attribution: the answer is right; only an answer that failed has a decisive step")
    parts = answer.problem.step_rule.split(answer.text)
    if not answer.text.strip():
        raise InvalidInputError("attribution: the answer is empty; it has no step that could be decisive")
    steps = answer.steps
    if [step.text for step in steps] != parts:
        steps = _cut(parts)
    prefixes = [Trajectory(answer.problem)]
    for step in steps[:-1]:
        prefixes.append(prefixes[-1].extend(step, Finish.STEP))
    return FailedTrace(prefixes[-1].extend(steps[-1], answer.finish or Finish.END), tuple(prefixes))


def reference_of(problem: Problem) -> Reference:
    """What is right.

    Raises:
        MissingCapabilityError: if the problem does not say.
    """
    if problem.reference is None:
        raise MissingCapabilityError(
            "attribution", "a reference", f"problem {problem.id!r}", "generated tasks have one, and files with answers"
        )
    return problem.reference


def is_right(answer: Trajectory) -> bool:
    """Whether an answer to a problem with a reference is right."""
    return reference_of(answer.problem).is_correct(answer.value)


def _cut(parts: list[str]) -> tuple[Step, ...]:
    steps: list[Step] = []
    for part in parts:
        steps.append(Step(part, steps[-1] if steps else None))
    return tuple(steps)
