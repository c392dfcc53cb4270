"""What a search is to do: a TOML file, checked entirely on load."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from outlay.bench.cells import CellChoice
from outlay.bench.choices import StrategyChoice, TaskChoice, read_budget, read_part, read_task, read_total
from outlay.bench.experiment import Experiment
from outlay.bench.fields import Fields, at
from outlay.bench.limits import read_concurrency
from outlay.bench.parts import Parts
from outlay.core.budget import Budget
from outlay.core.catalogue import Catalogue, Specification
from outlay.core.errors import InvalidInputError, UnknownNameError
from outlay.tasks.exercise import ListedTask
from outlay.tune.space import Space, read_space
from outlay.tune.surrogates import SURROGATES

SAMPLERS = ("tpe", "gp", "nsga", "random", *SURROGATES)
"""What suggests the next trial; the first is the default."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a trial measures: a strategy, with the verifier that it is run with, and the model."""

    strategy: Specification
    verifier: Specification | None
    model: Specification

    @property
    def choice(self) -> StrategyChoice:
        """As the bench knows it."""
        return StrategyChoice(self.strategy, self.verifier)

    def __str__(self) -> str:
        return f"{self.choice!s}, {self.model!s}"


@dataclass(frozen=True, slots=True)
class Search:
    """A whole search.

    Attributes:
        name: of the study.
        tasks: what is asked.
        models: who may answer.
        verifiers: who may judge, for strategies that need a verifier and name none.
        space: the strategies that may be chosen.
        start: those that are tried first.
        questions: problems of each task that trials are measured on, numbered from 0.
        held_out: problems of each task after those, that the front is measured on again.
        budget: of one question.
        seed: of the trials; the problems held out are answered with the next one.
        trials: how many are made.
        total: what all of them together may spend.
        sampler: what suggests the next one.
        error: the probability of stopping a trial early that is not worse than those it is compared with; 0 for never.
        concurrency: questions that are worked on at a time.
        limits: how many calls may be under way, by endpoint.
        folder: where paths start.
        source: the file's text.
    """

    name: str
    tasks: tuple[TaskChoice, ...]
    models: tuple[Specification, ...]
    verifiers: tuple[Specification, ...]
    space: Space
    start: tuple[Specification, ...]
    questions: int
    held_out: int
    budget: Budget
    seed: int
    trials: int
    total: Budget
    sampler: str
    error: float
    concurrency: int
    limits: Mapping[str, int]
    folder: Path
    source: str

    def experiment(self, candidates: list[Candidate], questions: int, *, held_out: bool = False) -> Experiment:
        """The experiment that measures candidates on the first so many problems, or on those held out."""
        seed = self.seed + held_out
        cells = [
            CellChoice(task, one.model, one.choice, self.budget, seed) for one in candidates for task in self.tasks
        ]
        return Experiment(
            self.name, questions, tuple(cells), self.concurrency, self.limits, Budget() if held_out else self.total,
            str(candidates[0].choice), False, self.folder, self.source, self.questions if held_out else 0,
        )  # fmt: skip


def load_search(path: Path, parts: Parts) -> Search:
    """Read a search file and check all of it.

    Raises:
        InvalidInputError: naming the file, the key and what would be right.
    """
    try:
        source = path.read_text(encoding="utf-8")
        fields = Fields(tomllib.loads(source), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"cannot read the search file {str(path)!r}: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise InvalidInputError(f"{path.name}: not valid TOML: {error}") from None
    parts = replace(parts, strategies=parts.strategies.with_files(path.parent))
    questions = fields.whole("questions", 2, 40, default=40)
    held_out = fields.whole("held_out", 0, 100, default=100)
    tasks = _items(fields, "tasks", '[{name = "chain", level = 2}]')
    items = fields.items("space", '["greedy", {name = "best_of_n", n = [4, 8]}]')
    space = at(fields.where, lambda: read_space(items, parts.strategies))
    for label, entry in space.entries.items():
        at(f"{fields.where}: space: {label}", partial(parts.strategies.type_of, entry.name))
    found = Search(
        name=fields.text("name", "countdown-search", default=path.stem),
        tasks=tuple(
            chain(*(at(where, partial(read_task, one, parts, path.parent, questions)) for where, one in tasks))
        ),
        models=_parts(fields, "models", '["pocket"]', parts.models),
        verifiers=_parts(fields, "verifiers", '["process_reward"]', parts.verifiers) if "verifiers" in fields else (),
        space=space,
        start=_start(fields, parts, space),
        questions=questions,
        held_out=held_out,
        budget=at(f"{fields.where}: budget", lambda: read_budget(fields.text("budget", "tokens=20000", default=" "))),
        seed=fields.whole("seed", 0, 0, default=0),
        trials=fields.whole("trials", 1, 40, default=40),
        total=read_total(fields.get("total"), f"{fields.where}: total"),
        sampler=_sampler(fields),
        error=_error(fields),
        concurrency=(limits := read_concurrency(fields))[0],
        limits=limits[1],
        folder=path.parent,
        source=source,
    )
    fields.finish()
    _require_enough(found, parts)
    return found


def check_sampler(given: str, where: str) -> str:
    """The name of a sampler.

    Raises:
        UnknownNameError: with the nearest known name.
    """
    if given not in SAMPLERS:
        raise UnknownNameError(f"sampler in {where}:", given, SAMPLERS)
    return given


def _sampler(fields: Fields) -> str:
    return check_sampler(fields.text("sampler", "tpe", default=SAMPLERS[0]), fields.where)


def _items(fields: Fields, key: str, example: str) -> list[tuple[str, object]]:
    return [(f"{fields.where}: {key}[{place}]", one) for place, one in enumerate(fields.items(key, example))]


def _parts(fields: Fields, key: str, example: str, catalogue: Catalogue[Any]) -> tuple[Specification, ...]:
    return tuple(at(where, partial(read_part, one, catalogue)) for where, one in _items(fields, key, example))


def _start(fields: Fields, parts: Parts, space: Space) -> tuple[Specification, ...]:
    found = []
    for place, item in enumerate(fields.items("start", '["greedy"]', default=[])):
        where = f"{fields.where}: start[{place}]"
        given = at(where, partial(read_part, item, parts.strategies))
        at(where, partial(space.match, given))
        found.append(given)
    return tuple(found)


def _error(fields: Fields) -> float:
    value = fields.get("error")
    if value is None:
        return 0.05
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1:
        return float(value)
    raise fields.wrong("error", value, "a number from 0, to stop no trial early, to below 1", "error = 0.05")


def _require_enough(search: Search, parts: Parts) -> None:
    """Refuse a task with a fixed list that is too short for problems to be held out."""
    wanted = search.questions + search.held_out
    for choice in search.tasks:
        task = parts.tasks.build(choice.specification)
        if isinstance(task, ListedTask) and len(task) < wanted:
            raise InvalidInputError(
                f"{choice!s} has {len(task)} problems; questions = {search.questions} and held_out = "
                f"{search.held_out} take {wanted}"
            )
