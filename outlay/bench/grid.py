"""The grid of an experiment, built: every cell on every question, each trial under a key that never changes."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass

import numpy as np

from outlay.bench.cells import CellChoice
from outlay.bench.choices import StrategyChoice, TaskChoice
from outlay.bench.experiment import Experiment
from outlay.bench.limits import require_known
from outlay.bench.parts import Parts, canonical, files_of, located, problem_of
from outlay.bench.prompts import prompted
from outlay.core.budget import Budget
from outlay.core.errors import InvalidInputError
from outlay.core.ledger import Ledger
from outlay.core.model import LanguageModel
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.solve import check
from outlay.core.strategy import Strategy
from outlay.core.verifier import Verifier

KEY_VERSION = 1
"""Part of every key; raised when what a key covers changes, so that old results are not mistaken for new ones."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of the grid, by the names that tables show; ``verifier`` is empty without one."""

    task: str
    level: int
    model: str
    strategy: str
    verifier: str
    budget: str
    seed: int

    def as_dict(self) -> dict[str, str | int]:
        """Plain values for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Trial:
    """One cell on one question.

    Attributes:
        key: a digest of everything that affects the result.
        cell: what is run.
        index: the question's number.
        problem: the question.
        model: what answers it.
        strategy: how.
        verifier: who judges, if anyone.
        budget: what it may spend.
    """

    key: str
    cell: Cell
    index: int
    problem: Problem
    model: LanguageModel
    strategy: Strategy
    verifier: Verifier | None
    budget: Budget

    def rng(self) -> np.random.Generator:
        """The trial's generator: it depends on seed and question alone, so that strategies meet the same draws."""
        digest = hashlib.sha256(json.dumps(asked(self.problem)).encode()).digest()
        return np.random.default_rng([self.cell.seed, *np.frombuffer(digest, np.uint32)])

    def check(self) -> None:
        """Refuse a trial whose model or verifier lacks what its strategy needs.

        Raises:
            MissingCapabilityError: naming what is missing.
        """
        check(self.strategy, self.problem, Run(self.model, Ledger(), self.rng(), self.verifier))


def expand(experiment: Experiment, parts: Parts) -> list[Trial]:
    """Every trial, question by question, so that an unfinished experiment has the same questions in all cells.

    Each part is built once and shared.

    Raises:
        InvalidInputError: if a part cannot be built, a model or verifier lacks what a strategy needs, or a limit is
            set on what nobody asks.
    """
    built = _build(experiment, parts)
    require_known(experiment.limits, [*built.models.values(), *(way.verifier for way in built.ways.values())])
    trials = [
        _trial(cell, index, built)
        for seed in experiment.seeds
        for index in range(experiment.questions)
        for cell in experiment.cells
        if cell.seed == seed
    ]
    for cell, trial in {trial.cell: trial for trial in reversed(trials)}.items():
        try:
            trial.check()
        except InvalidInputError as error:
            raise InvalidInputError(f"{experiment.name}: {cell.task}: {error}") from error
    return trials


@dataclass(frozen=True, slots=True)
class _Way:
    """A strategy with its verifier, if it has one, and digests of the files that they read."""

    strategy: Strategy
    verifier: Verifier | None
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Built:
    """All parts of an experiment by the texts that name them."""

    questions: Mapping[str, Sequence[Problem]]
    models: Mapping[str, LanguageModel]
    ways: Mapping[str, _Way]


def _build(experiment: Experiment, parts: Parts) -> _Built:
    cells = experiment.cells
    tasks = {str(cell.task): cell.task for cell in cells}
    models = {str(cell.model): cell.model for cell in cells}
    ways = {str(cell.strategy): cell.strategy for cell in cells}
    return _Built(
        {name: _problems(task, experiment, parts) for name, task in tasks.items()},
        {name: parts.models.build(given) for name, given in models.items()},
        {name: _way(choice, parts) for name, choice in ways.items()},
    )


def _way(choice: StrategyChoice, parts: Parts) -> _Way:
    verifier = None if choice.verifier is None else parts.verifiers.build(choice.verifier)
    return _Way(parts.strategies.build(choice.specification), verifier, files_of(choice.specification, choice.verifier))


def _problems(choice: TaskChoice, experiment: Experiment, parts: Parts) -> list[Problem]:
    task = parts.tasks.build(located(choice.specification, experiment.folder))
    found = (problem_of(task, choice.level, index) for index in range(experiment.questions))
    return [prompted(problem, choice.prompt) for problem in found]


def _trial(chosen: CellChoice, index: int, built: _Built) -> Trial:
    task, choice = chosen.task, chosen.strategy
    problem, model, way = (
        built.questions[str(task)][index], built.models[str(chosen.model)], built.ways[str(choice)]
    )  # fmt: skip
    cell = Cell(
        str(task.shown),
        task.level,
        str(chosen.model),
        str(choice.specification),
        "" if choice.verifier is None else str(choice.verifier),
        str(chosen.budget),
        chosen.seed,
    )
    covered = {
        "version": KEY_VERSION,
        "task": canonical(task.specification),
        "level": task.level,
        "index": index,
        "problem": asked(problem),
        "reference": expected(problem),
        "model": canonical(chosen.model),
        "strategy": canonical(choice.specification),
        "verifier": canonical(choice.verifier),
        "budget": chosen.budget.as_dict(),
        "seed": chosen.seed,
    }
    contents = {"weights": model.info.digest, "files": way.files}
    key = digest(covered | {name: content for name, content in contents.items() if content})
    return Trial(key, cell, index, problem, model, way.strategy, way.verifier, chosen.budget)


def digest(value: Mapping[str, object] | list[object]) -> str:
    """A short, stable name for plain JSON values: 128 bits of the SHA-256 of their canonical form."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def asked(problem: Problem) -> list[object]:
    """What a problem asks, as plain values."""
    return [problem.id, [[message.role, message.content] for message in problem.messages]]


def expected(problem: Problem) -> str:
    """What is right, as text; empty where that is not plain data."""
    return repr(problem.reference) if is_dataclass(problem.reference) else ""
