"""What an experiment is built from: catalogues that are handed in, so that this floor knows no single part."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from outlay.bench.grading import graded
from outlay.core.catalogue import Catalogue, Specification
from outlay.core.errors import InvalidInputError
from outlay.core.model import LanguageModel
from outlay.core.problem import Problem
from outlay.core.strategy import Strategy
from outlay.core.verifier import Verifier
from outlay.tasks.exercise import ListedTask, Task, problems


@dataclass(frozen=True, slots=True)
class Parts:
    """The catalogues that an experiment's names are looked up in."""

    models: Catalogue[LanguageModel]
    strategies: Catalogue[Strategy]
    verifiers: Catalogue[Verifier]
    tasks: Catalogue[Task]


def problem_of(task: Task, level: int, index: int) -> Problem:
    """The index-th test problem of a task's level."""
    if isinstance(task, ListedTask):
        return graded(task.problem(index))
    return problems(task, level, [index])[0]


def first_problems(task: Task, level: int, number: int, first: int = 0) -> list[Problem]:
    """Test problems of a task's level, from a number on; of a task with a fixed list its first ones, or all it has."""
    count = min(number, len(task)) if isinstance(task, ListedTask) else number
    start = 0 if isinstance(task, ListedTask) else first
    return [problem_of(task, level, start + i) for i in range(count)]


def canonical(given: object) -> object:
    """A specification as plain JSON values, to be hashed."""
    match given:
        case Specification():
            return {"name": given.name, "settings": {k: canonical(v) for k, v in given.settings.items()}}
        case list() | tuple():
            return [canonical(item) for item in given]
        case Mapping():
            return {str(key): canonical(item) for key, item in given.items()}
    return given


def files_of(*given: object) -> dict[str, str]:
    """The SHA-256 of every file that specifications name as ``path``, at any depth."""
    found: dict[str, str] = {}
    for one in given:
        match one:
            case Specification(settings=settings):
                path = settings.get("path")
                if isinstance(path, str) and Path(path).is_file():
                    found[path] = hashlib.sha256(Path(path).read_bytes()).hexdigest()
                found |= files_of(*settings.values())
            case list() | tuple():
                found |= files_of(*one)
    return found


def located(given: Specification, folder: Path) -> Specification:
    """The same specification with its ``path`` taken from a folder rather than from where the program runs.

    Raises:
        InvalidInputError: if there is no such file.
    """
    path = given.settings.get("path")
    if not isinstance(path, str):
        return given
    found = folder / path
    if not found.is_file():
        raise InvalidInputError(f"{given.name}: there is no file {str(found)!r}; path must name one")
    return Specification(given.name, {**given.settings, "path": str(found)})
