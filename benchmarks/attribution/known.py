"""Failed answers of which it is known where they first went wrong: errors that were planted, and a model's own."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from outlay.audit.attribution.continuing import Start, continued
from outlay.audit.attribution.trace import FailedTrace, failed_trace, is_right
from outlay.core.ledger import Ledger
from outlay.core.model import LanguageModel
from outlay.core.problem import Problem, StepReference
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.tasks.exercise import Exercise, Task, exercise

BATCH, BATCHES = 16, 8
"""Answers begun at a time, and how often, before a problem is left alone."""
KINDS = ("0123456789", "abcdefghijklmnopqrstuvwxyz")
PROBES = 32
"""Rollouts on either side of the wrong step that say what it costs."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A failed answer.

    Attributes:
        trace: the answer.
        step: its first wrong step, counted from 1.
        harm: by how much that step lowers the model's share of right answers, by rollouts of which no method knows.
    """

    trace: FailedTrace
    step: int
    harm: float


async def planted(task: Task, level: int, seed: int, model: LanguageModel) -> Known | None:
    """One step of a worked solution is made wrong, and the model goes on from there, once.

    The step is drawn evenly from all but the last, after which nothing is left to go on with; then one of its letters
    or digits becomes another. Kept is the first such error that the task's step labels call wrong there and nowhere
    before, and from which the answer comes out wrong. None if the model mends all of them.
    """
    rng = np.random.default_rng([seed, level, len(task.info.name)])
    return await _first_failed(_errors(exercise(task, level, seed), rng), Run(model, Ledger(), rng.spawn(1)[0]))


async def own(task: Task, level: int, seed: int, model: LanguageModel) -> Known | None:
    """The model's own first answer that fails; None if all are right."""
    rng = np.random.default_rng([seed, level, len(task.info.name)])
    bare = Trajectory(exercise(task, level, seed).problem)
    return await _first_failed(iter([bare] * (BATCH * BATCHES)), Run(model, Ledger(), rng))


def altered(step: str, rng: np.random.Generator) -> str:
    """A step in which one digit became another, or one letter another."""
    places = [(i, kind) for i, sign in enumerate(step) for kind in KINDS if sign in kind]
    place, kind = places[int(rng.integers(len(places)))]
    return step[:place] + str(rng.choice(sorted(set(kind) - {step[place]}))) + step[place + 1 :]


async def _first_failed(begun: Iterator[Trajectory], run: Run) -> Known | None:
    for _ in range(BATCHES):
        ended: dict[int, Trajectory] = {}
        starts = [Start(one, 1) for one in islice(begun, BATCH)]
        await continued(run, starts, 1.0, ended.__setitem__)
        for place in range(len(starts)):
            if not is_right(ended[place]):
                trace = failed_trace(ended[place])
                step = _labels(trace.problem, trace.texts).index(False) + 1
                return Known(trace, step, await _harm(trace, step, run))
    return None


async def _harm(trace: FailedTrace, step: int, run: Run) -> float:
    right = [0, 0]

    def count(side: int, answer: Trajectory) -> None:
        right[side] += is_right(answer)

    sides = [Start(prefix, PROBES) for prefix in trace.prefixes[step - 1 : step + 1]]
    await continued(run, sides, 1.0, count)
    return (right[0] - right[1]) / PROBES


def _errors(drawn: Exercise, rng: np.random.Generator) -> Iterator[Trajectory]:
    """The solution up to a step that was made wrong, over and over."""
    steps = drawn.problem.step_rule.split(drawn.solution)
    while True:
        place = int(rng.integers(len(steps) - 1))
        kept = [*steps[:place], altered(steps[place], rng)]
        if _labels(drawn.problem, kept) == [True] * place + [False]:
            path = Trajectory(drawn.problem)
            for text in kept:
                path = path.extend(Step(text, path.last), Finish.STEP)
            yield path


def _labels(problem: Problem, steps: list[str]) -> list[bool]:
    assert isinstance(problem.reference, StepReference)  # noqa: S101 (generated tasks label steps)
    return problem.reference.step_labels(steps)
