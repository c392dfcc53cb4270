"""A trajectory is a path in a persistent tree of steps.

Extending one returns a new trajectory that shares every earlier step, so a fork costs O(1) time and memory,
whatever holds it: a particle, a beam entry, a tree node or a finished chat answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from outlay.core.cost import NOTHING, Cost
from outlay.core.problem import Problem


class Finish(StrEnum):
    """Why a piece of generation ended."""

    STEP = "step"
    """A step separator was reached: the trajectory may go on."""
    END = "end"
    """The model ended its answer."""
    LENGTH = "length"
    """The token limit cut it off: it never finished."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Step:
    """One piece of generated text, linked to the one before it.

    Attributes:
        text: the text, with the separator that ended it.
        parent: the step before, or None for the first.
        token_ids: the model's tokens, where it gives them.
        logprobs: log-probability of each token in nats, as sampled at temperature 1, where given.
        cost: what generating this piece cost.
        model_state: a handle by which the model that wrote the step continues it without recomputation.
        restates: the generated step whose text, or part of it, this one repeats elsewhere; None if it repeats none.
    """

    text: str
    parent: "Step | None" = None
    token_ids: tuple[int, ...] | None = None
    logprobs: tuple[float, ...] | None = None
    cost: Cost = NOTHING
    model_state: object | None = field(default=None, repr=False)
    restates: "Step | None" = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """A partial or finished completion of a problem.

    Attributes:
        problem: what is being answered.
        last: the newest step, or None at the root.
        finish: why generation last ended; None at the root.
        depth: number of steps.
    """

    problem: Problem
    last: Step | None = None
    finish: Finish | None = None
    depth: int = 0

    def extend(self, step: Step, finish: Finish) -> "Trajectory":
        """A new trajectory with one more step, whose parent must be this trajectory's last step."""
        if step.parent is not self.last:
            raise ValueError("a step can only extend the trajectory whose last step is its parent")
        return Trajectory(self.problem, step, finish, self.depth + 1)

    @property
    def finished(self) -> bool:
        """Whether nothing more can be generated: ended by the model or cut by the length limit."""
        return self.finish in {Finish.END, Finish.LENGTH}

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, first to last."""
        return tuple(reversed(list(self._backwards())))

    @property
    def text(self) -> str:
        """The whole completion."""
        return "".join(step.text for step in self.steps)

    @property
    def completion_tokens(self) -> int:
        """Tokens generated along this path."""
        return sum(step.cost.completion_tokens for step in self._backwards())

    @property
    def logprobs(self) -> tuple[float, ...] | None:
        """Log-probability of every token in nats, or None if some step has none."""
        found: list[float] = []
        for step in self.steps:
            if step.logprobs is None:
                return None
            found.extend(step.logprobs)
        return tuple(found)

    @property
    def value(self) -> str | None:
        """The extracted answer; None where there is none or where the length limit cut the text."""
        if self.finish is Finish.LENGTH:
            return None
        return self.problem.answer_rule.extract(self.text)

    def _backwards(self) -> Iterator[Step]:
        step = self.last
        while step is not None:
            yield step
            step = step.parent
