"""The grid of an experiment, built: every cell on every question, each trial under a key that never changes."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass

import numpy as np

from outlay.bench.choices import StrategyChoice, TaskChoice
from outlay.bench.experiment import Experiment
from outlay.bench.parts import Parts, canonical, located, problem_of
from outlay.bench.prompts import prompted
from outlay.core.budget import Budget
from outlay.core.catalogue import Specification
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
        digest = hashlib.sha256(json.dumps(_asked(self.problem)).encode()).digest()
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
        InvalidInputError: if a part cannot be built, or a model or verifier lacks what a strategy needs.
    """
    combined = experiment.combinations
    tasks = {str(one.task): one.task for one in combined}
    asked = {name: _problems(task, experiment, parts) for name, task in tasks.items()}
    answering = {str(one.model): one.model for one in combined}
    models = {name: (given, parts.models.build(given)) for name, given in answering.items()}
    strategies = {str(choice): (choice, *_strategy(choice, parts)) for choice in experiment.strategies}
    cells = [
        (one.task, asked[str(one.task)], models[str(one.model)], strategies[str(one.strategy)]) for one in combined
    ]
    trials = [
        _trial(task, index, problems[index], model, strategy, budget, seed)
        for seed in experiment.seeds
        for index in range(experiment.questions)
        for task, problems, model, strategy in cells
        for budget in experiment.budgets
    ]
    for cell, trial in {trial.cell: trial for trial in reversed(trials)}.items():
        try:
            trial.check()
        except InvalidInputError as error:
            raise InvalidInputError(f"{experiment.name}: {cell.task}: {error}") from error
    return trials


def _strategy(choice: StrategyChoice, parts: Parts) -> tuple[Strategy, Verifier | None]:
    verifier = None if choice.verifier is None else parts.verifiers.build(choice.verifier)
    return parts.strategies.build(choice.specification), verifier


def _problems(choice: TaskChoice, experiment: Experiment, parts: Parts) -> list[Problem]:
    task = parts.tasks.build(located(choice.specification, experiment.folder))
    found = (problem_of(task, choice.level, index) for index in range(experiment.questions))
    return [prompted(problem, choice.prompt) for problem in found]


def _trial(
    task: TaskChoice,
    index: int,
    problem: Problem,
    model: tuple[Specification, LanguageModel],
    strategy: tuple[StrategyChoice, Strategy, Verifier | None],
    budget: Budget,
    seed: int,
) -> Trial:
    choice, built, verifier = strategy
    shown = "" if choice.verifier is None else str(choice.verifier)
    cell = Cell(
        str(task.shown),
        task.level,
        str(model[0]),
        str(choice.specification),
        shown,
        str(budget),
        seed,
    )
    key = digest(
        {
            "version": KEY_VERSION,
            "task": canonical(task.specification),
            "level": task.level,
            "index": index,
            "problem": _asked(problem),
            "reference": repr(problem.reference) if is_dataclass(problem.reference) else "",
            "model": canonical(model[0]),
            "strategy": canonical(choice.specification),
            "verifier": canonical(choice.verifier),
            "budget": budget.as_dict(),
            "seed": seed,
        }
    )
    return Trial(key, cell, index, problem, model[1], built, verifier, budget)


def digest(value: Mapping[str, object] | list[object]) -> str:
    """A short, stable name for plain JSON values: 128 bits of the SHA-256 of their canonical form."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _asked(problem: Problem) -> list[object]:
    return [problem.id, [[message.role, message.content] for message in problem.messages]]
