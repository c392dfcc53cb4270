"""``jsonl``: a user's own file, one JSON object a line with ``prompt`` and, where known, ``answer``.

A line may also have the problem in formal logic: ``premises``, a list of formulas, and ``conclusion``.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

from outlay.core.errors import InvalidInputError
from outlay.core.problem import Problem, Sequent, StepRule
from outlay.logic.argument import read_sequent
from outlay.tasks.exercise import Exercise, TaskInfo, ask
from outlay.tasks.free_answer import FreeAnswer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What is right: one given answer, compared as ``FreeAnswer`` compares."""

    answer: str

    def is_correct(self, value: str | None) -> bool:
        """Whether a value is the given answer."""
        return value is not None and FreeAnswer().equal(value, self.answer)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is not a problem: its number, from 1, and what is wrong with it."""

    number: int
    reason: str


@dataclass(frozen=True)
class JsonLines:
    """Problems from a file; bad lines are named by number and left out, the rest still runs.

    Attributes:
        path: the file.
        max_tokens: worst-case length of a whole answer.
        max_step_tokens: worst-case length of a step; steps end with a line.

    Raises:
        InvalidInputError: if the file cannot be read or has no good line.
    """

    path: str
    max_tokens: int = 1024
    max_step_tokens: int = 256
    problems: tuple[Problem, ...] = field(init=False, repr=False)
    bad_lines: tuple[BadLine, ...] = field(init=False)

    def __post_init__(self) -> None:
        problems, bad = read_lines("jsonl", self.path, '{"prompt": ...}', self._problem)
        object.__setattr__(self, "problems", problems)
        object.__setattr__(self, "bad_lines", bad)

    @property
    def info(self) -> TaskInfo:
        """One ungraded level."""
        return TaskInfo("jsonl", "a file of your own, with prompt and answer on each line", 1)

    def __len__(self) -> int:
        return len(self.problems)

    def problem(self, index: int) -> Problem:
        """The problem at a position."""
        return self.problems[index]

    def draw(self, level: int, rng: np.random.Generator) -> Exercise:
        """A random problem of the file; there is no worked solution."""
        return Exercise(self.problems[int(rng.integers(len(self.problems)))], "")

    def _problem(self, number: int, entry: dict[str, object]) -> Problem:
        prompt, answer = entry.get("prompt"), entry.get("answer")
        if not isinstance(prompt, str) or not prompt.strip():
            raise InvalidInputError('"prompt" must be a text that is not empty')
        if isinstance(answer, bool) or not isinstance(answer, str | int | float | None):
            raise InvalidInputError('"answer" must be a text or a number')
        return Problem(
            str(entry.get("id", f"jsonl/{number}")),
            ask(prompt),
            FreeAnswer(),
            StepRule(max_tokens=self.max_tokens, max_step_tokens=self.max_step_tokens),
            None if answer is None else GivenAnswer(str(answer)),
            task="jsonl",
            sequent=_sequent(entry.get("premises", []), entry["conclusion"]) if "conclusion" in entry else None,
        )


def _sequent(premises: object, conclusion: object) -> Sequent:
    given = premises if isinstance(premises, list) else [None]
    texts = [one for one in (*given, conclusion) if isinstance(one, str)]
    if len(texts) <= len(given):
        raise InvalidInputError('"premises" must be a list of formulas, and "conclusion" a formula')
    sequent = Sequent(tuple(texts[:-1]), texts[-1])
    try:
        read_sequent(sequent)
    except InvalidInputError as error:
        raise InvalidInputError(f'"premises" and "conclusion", a line each: {error}') from error
    return sequent


def read_lines(
    task: str, path: str, form: str, make: Callable[[int, dict[str, object]], T]
) -> tuple[tuple[T, ...], tuple[BadLine, ...]]:
    """What a file holds, one JSON object a line, and its bad lines. Blank lines do not count.

    Args:
        task: who reads, for messages.
        path: the file.
        form: what a good line looks like, for messages.
        make: what a line's number and object become; an ``InvalidInputError`` makes it a bad line.

    Raises:
        InvalidInputError: if the file cannot be read or has no good line.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"task {task}: cannot read {path}: {error}") from error
    good: list[T] = []
    bad: list[BadLine] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                good.append(make(number, _object(line)))
            except InvalidInputError as error:
                bad.append(BadLine(number, str(error)))
    if not good:
        why = f"line {bad[0].number}: {bad[0].reason}" if bad else "it is empty"
        raise InvalidInputError(f"task {task}: {path} has no line of the form {form}; {why}")
    return tuple(good), tuple(bad)


def _object(line: str) -> dict[str, object]:
    try:
        entry = json.loads(line)
    except json.JSONDecodeError as error:
        raise InvalidInputError(f"not JSON: {error.msg} at column {error.colno}") from error
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"not JSON: {error}") from error
    if not isinstance(entry, dict):
        raise InvalidInputError("not a JSON object")
    return entry
