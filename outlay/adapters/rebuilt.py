"""The problems of a stored run, drawn again: results keep a question's text, not its conversation or what is right."""

from functools import cache
from pathlib import Path

from outlay.bench.grid import Cell
from outlay.bench.parts import located, problem_of
from outlay.bench.records import TrialRecord
from outlay.core.catalogue import parse
from outlay.core.errors import InvalidInputError
from outlay.core.problem import AnsweredReference, Problem
from outlay.tasks import TASKS
from outlay.tasks.exercise import Task


class Rebuilt:
    """Draws the problems of a run's trials.

    Args:
        folder: where the paths in the experiment's file start.
    """

    def __init__(self, folder: Path) -> None:
        self._task = cache(lambda text: _task(text, folder))

    def problem(self, cell: Cell, index: int, record: TrialRecord | None) -> Problem | None:
        """The problem of a trial; None where its task or file is not there, or asks something else by now."""
        task = self._task(cell.task)
        if task is None:
            return None
        try:
            problem = problem_of(task, cell.level, index)
        except (InvalidInputError, IndexError):
            return None
        same = record is None or problem.messages[-1].content == record.question
        return problem if same else None


def answer_of(problem: Problem | None) -> str:
    """One right answer, where the problem has a reference that knows one; else nothing."""
    reference = problem.reference if problem else None
    return reference.answer if isinstance(reference, AnsweredReference) else ""


def _task(text: str, folder: Path) -> Task | None:
    try:
        return TASKS.build(located(parse(text, "task"), folder))
    except InvalidInputError:
        return None
