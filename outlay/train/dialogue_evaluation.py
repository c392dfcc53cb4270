"""How well a dialogue model converses, by task and level, on test problems that no training has seen."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from outlay.core import phrases
from outlay.core.dialogue import believe, say
from outlay.core.ledger import Ledger
from outlay.core.model import LanguageModel
from outlay.core.problem import Message, Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.statistics import grouped_area_under_roc
from outlay.tasks.exercise import Split, Task, exercise
from outlay.train.concurrent import each


@dataclass(frozen=True, slots=True)
class DialogueResult:
    """One task and level. Shares are of all samples; None where there is nothing to measure.

    Attributes:
        task: its name.
        level: from 1.
        problems: how many were asked.
        samples: drawn for each, at temperature 1.
        accuracy: of a plain answer.
        ranking: probability that the verdict on a right answer is above that on a wrong one to the same problem.
        mended: share of wrong answers that a second attempt sets right.
        spoilt: share of right answers that a second attempt makes wrong.
        at_once: accuracy without thinking.
        thinking: accuracy with thought that may start again.
    """

    task: str
    level: int
    problems: int
    samples: int
    accuracy: float
    ranking: float | None
    mended: float | None
    spoilt: float | None
    at_once: float
    thinking: float


async def evaluate_dialogue(
    model: LanguageModel,
    tasks: Sequence[Task],
    problems: int,
    samples: int,
    report: Callable[[int, int], None],
    first_seed: int = 1_000_000_000,
) -> list[DialogueResult]:
    """Ask, question the answers and ask again, for every task and level; reports levels done and their total."""
    cells = [(task, level) for task in tasks for level in range(1, task.info.levels + 1)]
    found = []
    for done, (task, level) in enumerate(cells, start=1):
        asked = [exercise(task, level, first_seed + n, Split.TEST).problem for n in range(problems)]
        rows = await each(list(enumerate(asked)), lambda one: _row(model, one[1], samples, one[0]), lambda _: None)
        right, belief, again, at_once, thinking = (np.array(part) for part in zip(*rows, strict=True))
        groups = np.repeat(np.arange(problems), samples)
        ranking = grouped_area_under_roc(belief.ravel(), right.ravel(), groups)
        found.append(
            DialogueResult(
                task.info.name,
                level,
                problems,
                samples,
                float(right.mean()),
                _known(ranking),
                _share(again[~right]),
                _share(~again[right]),
                float(at_once.mean()),
                float(thinking.mean()),
            )
        )
        report(done, len(cells))
    return found


async def _row(
    model: LanguageModel, problem: Problem, samples: int, number: int
) -> tuple[list[bool], list[float], list[bool], list[bool], list[bool]]:
    run = Run(model, Ledger(), np.random.default_rng([samples, number]))
    first = [one async for _, one in run.sample(Trajectory(problem), samples)]
    right, belief, again = [], [], []
    for one in first:
        right.append(_right(problem, one))
        told = await believe(run, problem, one, phrases.CHECK)
        belief.append(0.5 if told is None else told)
        talk = say(problem, one, phrases.TRY_AGAIN)
        again += [_right(problem, second) async for _, second in run.sample(Trajectory(talk))]
    at_once, thinking = [
        [_right(problem, one) async for _, one in run.sample(Trajectory(_asked(problem, how)), samples)]
        for how in (phrases.ANSWER_AT_ONCE, phrases.THINK)
    ]
    return right, belief, again, at_once, thinking


def _asked(problem: Problem, how: str) -> Problem:
    return replace(problem, messages=(*problem.messages, Message("user", how)))


def _right(problem: Problem, one: Trajectory) -> bool:
    return problem.reference is not None and problem.reference.is_correct(one.value)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _share(flags: np.ndarray) -> float | None:
    return float(flags.mean()) if len(flags) else None
