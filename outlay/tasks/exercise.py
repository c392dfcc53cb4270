"""What a task is: a seeded source of problems with worked solutions and exact checking."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol, runtime_checkable

import numpy as np

from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.core.problem import Message, Problem

DRAWS = 1000
"""Problems drawn in search of one in the asked split; even with as many, a generated task never comes to its end."""


@dataclass(frozen=True, slots=True)
class TaskInfo:
    """What a task offers.

    Attributes:
        name: its name in the catalogue.
        summary: one line on what is asked.
        levels: number of levels, from 1 (easy) upwards; 0 for tasks that are not graded.
        checks_steps: whether its reference labels single steps exactly.
        visible_tests: whether its problems carry visible tests.
    """

    name: str
    summary: str
    levels: int
    checks_steps: bool = False
    visible_tests: bool = False


class Split(StrEnum):
    """Which problems may be used for what. The two never share a prompt."""

    TRAIN = "train"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Exercise:
    """A problem with one worked solution, as training text."""

    problem: Problem
    solution: str


class Task(Protocol):
    """A procedurally generated task."""

    @property
    def info(self) -> TaskInfo:
        """What the task offers."""
        ...

    def draw(self, level: int, rng: np.random.Generator) -> Exercise:
        """A random exercise of a level."""
        ...


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a training text, and whether training learns to write it or only to go on from it."""

    text: str
    learnt: bool


@runtime_checkable
class MissingTask(Protocol):
    """A task that can also work an attempt that fails truthfully: true steps from a choice that was not the right one.

    A model that has seen only attempts that succeed writes what would have to come out, whatever it has chosen
    before. Misses keep its steps true; the choices themselves are not learnt.
    """

    def miss(self, problem: Problem, rng: np.random.Generator) -> Sequence[Piece]:
        """An attempt at a problem of this task that may miss."""
        ...


@runtime_checkable
class ListedTask(Protocol):
    """A task with a fixed list of problems, such as a file of questions; it has no levels."""

    def __len__(self) -> int:
        """How many problems there are."""
        ...

    def problem(self, index: int) -> Problem:
        """The problem at a position, with the same id each time."""
        ...


def exercise(task: Task, level: int, seed: int, split: Split = Split.TEST) -> Exercise:
    """The exercise of a task, level and seed; the same arguments always give the same one.

    A prompt belongs to the test split if its checksum is divisible by 8 and to the training split otherwise, so
    that no test prompt is ever trained on.

    Raises:
        InvalidSettingError: if the task has no such level, or the seed is negative.
        InvalidInputError: if no problem is found in that split, as may be with a short file of questions.
    """
    if not 1 <= level <= task.info.levels:
        raise InvalidSettingError(f"task {task.info.name}", "level", level, f"from 1 to {task.info.levels}")
    if seed < 0:
        raise InvalidSettingError(f"task {task.info.name}", "seed", seed, "0 or above")
    name = zlib.crc32(task.info.name.encode())
    rng = np.random.default_rng([name, level, seed, int(split is Split.TRAIN)])
    for _ in range(DRAWS):
        drawn = task.draw(level, rng)
        prompt = drawn.problem.messages[-1].content
        if (zlib.crc32(prompt.encode()) % 8 == 0) == (split is Split.TEST):
            return drawn
    raise InvalidInputError(f"task {task.info.name}: no problem of level {level} belongs to the {split} split")


def problems(task: Task, level: int, seeds: Sequence[int]) -> list[Problem]:
    """Test problems of one level, one for each seed, with ids ``task/level/seed``."""
    found = []
    for seed in seeds:
        problem = exercise(task, level, seed).problem
        found.append(_named(problem, f"{task.info.name}/{level}/{seed}"))
    return found


def ask(prompt: str) -> tuple[Message, ...]:
    """A chat that consists of one user message."""
    return (Message("user", prompt),)


def _named(problem: Problem, name: str) -> Problem:
    return replace(problem, id=name)
