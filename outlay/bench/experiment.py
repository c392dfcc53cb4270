"""An experiment: which strategies, under which budgets, on which questions; a TOML file checked entirely on load."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TypeVar

from outlay.bench.ablation import NOTHING_CHANGED, read_ablation
from outlay.bench.cells import EXAMPLE, CellChoice, grid, read_cell
from outlay.bench.choices import read_budget, read_part, read_strategy, read_task, read_total
from outlay.bench.fields import Fields, at
from outlay.bench.limits import read_concurrency
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
        cells: every combination that is run, each once.
        concurrency: how many questions are worked on at a time.
        limits: how many calls may be under way to a model, by its name or its server's URL.
        total: what the whole experiment may spend.
        baseline: the strategy that the others are compared with, as tables show it.
        traces: whether the trace of every trial is kept; None leaves it to the number of trials.
        folder: where the file lies; paths in it start here.
        source: the file's text.
    """

    name: str
    questions: int
    cells: tuple[CellChoice, ...]
    concurrency: int
    limits: Mapping[str, int]
    total: Budget
    baseline: str
    traces: bool | None
    folder: Path
    source: str

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of all cells, as the file orders them."""
        return tuple(dict.fromkeys(cell.seed for cell in self.cells))


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
    cells = [
        *_grid(fields, parts, path.parent, questions, verifiers),
        *(
            read_cell(item, f"{fields.where}: cells[{position}]", parts, path.parent, questions, verifiers)
            for position, item in enumerate(fields.items("cells", f"[{EXAMPLE}]", default=[]))
        ),
    ]
    _require_different(fields, "cells", cells)
    at_a_time, limits = read_concurrency(fields)
    experiment = Experiment(
        name=fields.text("name", "countdown-budgets", default=path.stem),
        questions=questions,
        cells=tuple(cells),
        concurrency=at_a_time,
        limits=limits,
        total=read_total(fields.get("total"), f"{fields.where}: total"),
        baseline=_baseline(fields, [str(cell.strategy) for cell in cells]),
        traces=fields.choice("traces"),
        folder=path.parent,
        source=source,
    )
    fields.finish()
    return experiment


def _grid(
    fields: Fields, parts: Parts, folder: Path, questions: int, verifiers: list[Specification]
) -> list[CellChoice]:
    """Every combination of the lists; none where the file has cells and no lists."""
    if "cells" in fields and not any(
        key in fields for key in ("tasks", "models", "strategies", "budgets", "seed", "seeds")
    ):
        return []
    ablation = read_ablation(fields.table("ablation"), parts) if "ablation" in fields else NOTHING_CHANGED
    if ablation.verifiers and verifiers:
        raise InvalidInputError(f"{fields.where}: give verifiers or the verifier of [ablation], not both")
    verifiers = ablation.verifiers or verifiers
    strategies = _each(
        fields,
        "strategies",
        '["greedy", "best_of_n(n=16)"]',
        lambda one: read_strategy(one, parts, verifiers),
    )
    tasks = _each(
        fields, "tasks", '[{name = "countdown", level = 2}]',
        lambda one: read_task(one, parts, folder, questions),
    )  # fmt: skip
    models = _each(fields, "models", '["pocket"]', lambda one: read_part(one, parts.models))
    budgets = _each(fields, "budgets", '["tokens=20000"]', read_budget, default=[""])
    named: list[tuple[str, Sequence[object]]] = [
        ("tasks", [*chain(*tasks)]), ("models", models), ("strategies", [*chain(*strategies)]), ("budgets", budgets)
    ]  # fmt: skip
    for key, items in named:
        _require_different(fields, key, items)
    combined = ablation.combinations([*chain(*tasks)], models, [*chain(*strategies)])
    return grid(combined, budgets, _seeds(fields))


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
        found.append(at(f"{fields.where}: {key}[{position}]", partial(read_one, item)))
    return found


def _seeds(fields: Fields) -> tuple[int, ...]:
    one, many = "seed" in fields, "seeds" in fields
    if one and many:
        raise InvalidInputError(f"{fields.where}: give seed or seeds, not both")
    if one:
        return (fields.whole("seed", 0, 0),)
    return fields.wholes("seeds", 0, "[0, 1]") if many else (0,)


def _baseline(fields: Fields, strategies: Sequence[str]) -> str:
    given = fields.text("baseline", strategies[0], default=strategies[0])
    if given not in strategies:
        raise UnknownNameError(f"baseline in {fields.where}:", given, dict.fromkeys(strategies))
    return given


def _require_different(fields: Fields, key: str, items: Sequence[object]) -> None:
    names = [str(item) for item in items]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInputError(f"{fields.where}: {key}: {name!r} is there more than once")
