"""Step-aware metrics: how far an answer goes before its first wrong step, on tasks whose references label steps.

Prefix accuracy is the number of right steps before the first wrong one, over the number of steps in the worked solution
or in the answer, whichever is larger; a sequential match has every step right, a final match the answer alone
(ProcBench: Benchmark for Multi-Step Reasoning and Following Procedure, section 4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from outlay.bench.choices import TaskChoice
from outlay.bench.figures import share
from outlay.bench.prompts import prompted
from outlay.bench.protocols.page import Contrast, Findings, compared
from outlay.bench.protocols.questions import FinishedRun, Values, accuracies, average, compare, interval
from outlay.bench.store import StoredTrial
from outlay.bench.summary import Method
from outlay.core.catalogue import Catalogue, Specification
from outlay.core.errors import InvalidInputError
from outlay.core.problem import StepReference
from outlay.tasks.exercise import Exercise, ListedTask, Task, exercise

HEAD = ("strategy", "n", "prefix [95%]", "sequential [95%]", "final [95%]")
NOTE = (
    "Prefix: prefix accuracy, right steps before the first wrong one over the {steps:.1f} steps that a worked solution "
    "has on average, or over the answer's own if it has more. Sequential: answers with every step right. Final: those "
    "that are right in the end. Difference: prefix accuracy less that of {baseline}."
)


@dataclass(frozen=True, slots=True)
class StepMatch:
    """How an answer's steps compare with what is right.

    Attributes:
        right: steps before the first wrong one.
        steps: of the worked solution, or of the answer if it has more.
        sequential: whether every step and the answer are right. Where there is more than one right way, it may be
            shorter than the worked solution.
    """

    right: int
    steps: int
    sequential: bool

    @property
    def prefix_accuracy(self) -> float:
        """In [0, 1]; 1 exactly for a sequential match."""
        return 1.0 if self.sequential else self.right / self.steps


class _Matches(NamedTuple):
    """By question, the mean over its seeds of prefix accuracy and of sequential match."""

    prefix: Values
    sequential: Values


def match_steps(text: str, correct: bool, asked: Exercise) -> StepMatch:
    """Match an answer's text, whose end is right or not, with an exercise whose reference labels steps."""
    problem = asked.problem
    assert isinstance(problem.reference, StepReference)  # noqa: S101 (what the task says of itself)
    split = problem.step_rule.split
    labels = problem.reference.step_labels(split(text)) if text else []
    steps = max(len(split(asked.solution)), len(labels))
    return StepMatch(sum(labels), steps, correct and bool(labels) and all(labels))


def step_metrics(run: FinishedRun, tasks: Catalogue[Task]) -> Findings:
    """Prefix accuracy, sequential and final match of every method on the tasks that check steps.

    Args:
        run: what was run.
        tasks: where the names of its tasks are looked up.

    Raises:
        InvalidInputError: if no task of the run checks steps, or its questions are not what the tasks ask now.
    """
    tables = []
    for exam, methods in run.exams().items():
        asked = _exercises(methods[0], [trial for method in methods for trial in run.methods[method]], tasks)
        if not asked:
            continue
        matches = {method: _matches(run.methods[method], asked) for method in methods}
        baseline = next((method for method in methods if method.name == run.manifest.baseline), methods[0])
        lines = [_line(method, run.methods[method], matches[method], matches[baseline]) for method in methods]
        worked = np.mean([len(one.problem.step_rule.split(one.solution)) for one in asked.values()])
        tables.append(compared(exam, HEAD, lines, NOTE.format(steps=worked, baseline=baseline.name)))
    if not tables:
        checking = [name for name in tasks if _checking(name, tasks)]
        raise InvalidInputError(f"steps: no task of this run checks steps; {', '.join(checking)} do")
    return Findings("steps", f"{run.manifest.name}: step by step", tables)


def _exercises(method: Method, trials: Sequence[StoredTrial], tasks: Catalogue[Task]) -> dict[int, Exercise]:
    """What was asked, by number; empty if the task does not check steps."""
    choice = TaskChoice.of(method.task, method.level)
    task = _checking(choice.specification, tasks)
    if task is None:
        return {}
    found = {index: exercise(task, method.level, index) for index in {trial.index for trial in trials}}
    for trial in trials:
        asked = prompted(found[trial.index].problem, choice.prompt).messages[-1].content
        if trial.record is not None and trial.record.question != asked:
            raise InvalidInputError(
                f"steps: question {trial.index} of {method.question} was another one when the run was made; "
                "run the experiment again with this version"
            )
    return found


def _matches(trials: Sequence[StoredTrial], asked: Mapping[int, Exercise]) -> _Matches:
    found = [
        (trial.index, match_steps(trial.record.text, bool(trial.record.correct), asked[trial.index]))
        for trial in trials
        if trial.record is not None
    ]
    return _Matches(
        average((index, one.prefix_accuracy) for index, one in found),
        average((index, float(one.sequential)) for index, one in found),
    )


def _line(method: Method, trials: Sequence[StoredTrial], found: _Matches, baseline: _Matches) -> Contrast:
    shares = [share(interval(values)) for values in (found.prefix, found.sequential, accuracies(trials))]
    cells = [method.name, str(len(found.prefix)), *shares]
    return Contrast(cells, None if found is baseline else compare(found.prefix, baseline.prefix))


def _checking(task: Specification | str, tasks: Catalogue[Task]) -> Task | None:
    """The task, if it is generated and its references check steps; None too where it needs a file that is not here."""
    try:
        built = tasks.build(task)
    except InvalidInputError:
        return None
    return built if built.info.checks_steps and not isinstance(built, ListedTask) else None
