"""The cells of an experiment: every combination of its lists, and those that it names one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from outlay.bench.ablation import Combination
from outlay.bench.choices import StrategyChoice, TaskChoice, read_budget, read_part, read_strategy, read_task
from outlay.bench.fields import Fields, at
from outlay.bench.parts import Parts
from outlay.core.budget import Budget
from outlay.core.catalogue import Specification
from outlay.core.errors import InvalidInputError

EXAMPLE = '{task = {name = "countdown", level = 2}, model = "pocket", strategy = "greedy"}'


@dataclass(frozen=True, slots=True)
class CellChoice:
    """One combination: what is asked, of whom, how, under which budget, with which seed."""

    task: TaskChoice
    model: Specification
    strategy: StrategyChoice
    budget: Budget
    seed: int

    def __str__(self) -> str:
        return ", ".join(map(str, (self.task, self.model, self.strategy, self.budget, f"seed {self.seed}")))


def grid(combined: Sequence[Combination], budgets: Sequence[Budget], seeds: Sequence[int]) -> list[CellChoice]:
    """Every combination under every budget with every seed."""
    return [
        CellChoice(one.task, one.model, one.strategy, budget, seed)
        for seed, one, budget in product(seeds, combined, budgets)
    ]


def read_cell(
    item: object, where: str, parts: Parts, folder: Path, questions: int, verifiers: Sequence[Specification]
) -> CellChoice:
    """A cell from its table; without a budget it has none, without a seed it has 0.

    Args:
        item: what the file holds.
        where: its place, for messages.
        parts: where names are looked up.
        folder: where the paths in it start.
        questions: how many are asked.
        verifiers: the experiment's, for a strategy that needs one and names none.

    Raises:
        InvalidInputError: naming the place, the key and what would be right.
    """
    if not isinstance(item, Mapping):
        raise InvalidInputError(f"{where}: must be a table, as in  {EXAMPLE}; got {item!r}")
    fields = Fields(item, where)
    task, model, strategy = (_required(fields, key) for key in ("task", "model", "strategy"))
    verifier, budget = fields.get("verifier"), fields.get("budget")
    seed = fields.whole("seed", 0, 0, default=0)
    fields.finish()
    named = {"strategy": strategy} if verifier is None else {"strategy": strategy, "verifier": verifier}
    tasks = at(f"{where}: task", lambda: read_task(task, parts, folder, questions))
    strategies = at(f"{where}: strategy", lambda: read_strategy(named, parts, [*verifiers]))
    if len(tasks) > 1:
        raise InvalidInputError(f"{where}: task: a cell has one level; got {len(tasks)}")
    if len(strategies) > 1:
        raise InvalidInputError(f"{where}: strategy: {strategy} needs a verifier; name one of the experiment's several")
    return CellChoice(
        tasks[0],
        at(f"{where}: model", lambda: read_part(model, parts.models)),
        strategies[0],
        at(f"{where}: budget", lambda: read_budget("" if budget is None else budget)),
        seed,
    )


def _required(fields: Fields, key: str) -> object:
    value = fields.get(key)
    if value is None:
        raise InvalidInputError(f"{fields.where}: {key} is missing, as in  {EXAMPLE}")
    return value
