"""An experiment: which strategies, under which budgets, on which questions; a TOML file checked entirely on load."""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeVar

from outlay.bench.choices import StrategyChoice, TaskChoice, read_budget, read_part, read_strategy, read_task
from outlay.bench.fields import Fields
from outlay.bench.parts import Parts
from outlay.core.budget import Budget
from outlay.core.catalogue import Specification
from outlay.core.errors import InvalidInputError, UnknownNameError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Experiment:
    """The whole grid, before anything of it is built.

    Attributes:
        name: what the report is called.
        questions: how many problems of each task and level are asked; they are numbered from 0.
        tasks: every task at every level.
        models: what answers.
        strategies: every strategy with every verifier that it is to be run with.
        budgets: what one question may spend.
        seeds: the whole grid is run once for each.
        concurrency: how many questions are worked on at a time.
        baseline: the strategy that the others are compared with, as tables show it.
        traces: whether the trace of every trial is kept; None leaves it to the number of trials.
        folder: where the file lies; paths in it start here.
        source: the file's text.
    """

    name: str
    questions: int
    tasks: tuple[TaskChoice, ...]
    models: tuple[Specification, ...]
    strategies: tuple[StrategyChoice, ...]
    budgets: tuple[Budget, ...]
    seeds: tuple[int, ...]
    concurrency: int
    baseline: str
    traces: bool | None
    folder: Path
    source: str


def load(path: Path, parts: Parts) -> Experiment:
    """Read an experiment file and check all of it: keys, types, names, settings and files.

    Raises:
        InvalidInputError: naming the file, the key and what would be right.
    """
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"cannot read the experiment file {str(path)!r}: {error}") from None
    return read(source, parts, path)


def read(source: str, parts: Parts, path: Path) -> Experiment:
    """An experiment from its file's text; ``path`` is named in messages, and its folder is where paths start.

    Raises:
        InvalidInputError: naming the file, the key and what would be right.
    """
    try:
        fields = Fields(tomllib.loads(source), path.name)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInputError(f"{path.name}: not valid TOML: {error}") from None
    questions = fields.whole("questions", 1, 100, default=100)
    verifiers = _each(fields, "verifiers", '["exact"]', lambda one: read_part(one, parts.verifiers), default=[])
    strategies = _each(
        fields,
        "strategies",
        '["greedy", "best_of_n(n=16)"]',
        lambda one: read_strategy(one, parts, verifiers),
    )
    tasks = _each(
        fields, "tasks", '[{name = "countdown", level = 2}]',
        lambda one: read_task(one, parts, path.parent, questions),
    )  # fmt: skip
    experiment = Experiment(
        name=fields.text("name", "countdown-budgets", default=path.stem),
        questions=questions,
        tasks=tuple(chain(*tasks)),
        models=tuple(_each(fields, "models", '["pocket"]', lambda one: read_part(one, parts.models))),
        strategies=tuple(chain(*strategies)),
        budgets=tuple(_each(fields, "budgets", '["tokens=20000"]', read_budget, default=[""])),
        seeds=_seeds(fields),
        concurrency=fields.whole("concurrency", 1, 8, default=4),
        baseline=_baseline(fields, list(chain(*strategies))),
        traces=fields.choice("traces"),
        folder=path.parent,
        source=source,
    )
    fields.finish()
    _require_different(fields, "tasks", experiment.tasks)
    _require_different(fields, "models", [str(model) for model in experiment.models])
    _require_different(fields, "strategies", experiment.strategies)
    _require_different(fields, "budgets", experiment.budgets)
    return experiment


def _each(
    fields: Fields,
    key: str,
    example: str,
    read_one: Callable[[object], T],
    default: list[object] | None = None,
) -> list[T]:
    """Every item of a list, read; what is wrong with one is told with the place it stands at."""
    found = []
    for position, item in enumerate(fields.items(key, example, default)):
        try:
            found.append(read_one(item))
        except InvalidInputError as error:
            raise InvalidInputError(f"{fields.where}: {key}[{position}]: {error}") from error
    return found


def _seeds(fields: Fields) -> tuple[int, ...]:
    one, many = "seed" in fields, "seeds" in fields
    if one and many:
        raise InvalidInputError(f"{fields.where}: give seed or seeds, not both")
    if one:
        return (fields.whole("seed", 0, 0),)
    return fields.wholes("seeds", 0, "[0, 1]") if many else (0,)


def _baseline(fields: Fields, strategies: Sequence[StrategyChoice]) -> str:
    known = [str(choice) for choice in strategies]
    given = fields.text("baseline", known[0], default=known[0])
    if given not in known:
        raise UnknownNameError(f"baseline in {fields.where}:", given, known)
    return given


def _require_different(fields: Fields, key: str, items: Sequence[object]) -> None:
    names = [str(item) for item in items]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInputError(f"{fields.where}: {key}: {name!r} is there more than once")
