"""The items of an experiment file's lists: tasks with levels, strategies with verifiers, models, budgets."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from outlay.allocate.catalogue import strategy_in
from outlay.bench.fields import at
from outlay.bench.parts import Parts, located
from outlay.bench.prompts import QUESTION, read_prompt
from outlay.core.budget import Budget, Limit
from outlay.core.catalogue import Catalogue, Specification, parse
from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.core.verifier import Judges
from outlay.tasks.exercise import ListedTask

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TaskChoice:
    """One level of one task; level 0 for a task that has none.

    Attributes:
        specification: the task.
        level: from 1 upwards.
        prompt: the template that its questions are put in.
    """

    specification: Specification
    level: int
    prompt: str = QUESTION

    @property
    def shown(self) -> Specification:
        """The task as tables show it, with its template if it has one."""
        if self.prompt == QUESTION:
            return self.specification
        return Specification(self.specification.name, {**self.specification.settings, "prompt": self.prompt})

    @classmethod
    def of(cls, shown: str, level: int) -> "TaskChoice":
        """The choice that tables show so."""
        given = parse(shown, "task")
        prompt = str(given.settings.get("prompt", QUESTION))
        return cls(Specification(given.name, {k: v for k, v in given.settings.items() if k != "prompt"}), level, prompt)

    def __str__(self) -> str:
        name = str(self.shown)
        return f"{name}, level {self.level}" if self.level else name


@dataclass(frozen=True, slots=True)
class StrategyChoice:
    """One strategy with the verifier it is run with, if any."""

    specification: Specification
    verifier: Specification | None = None

    def __str__(self) -> str:
        name = str(self.specification)
        return name if self.verifier is None else f"{name} with {self.verifier!s}"


def read_part(item: object, catalogue: Catalogue[T]) -> Specification:
    """The specification of a part that can be built.

    Raises:
        InvalidInputError: if it cannot.
    """
    given = _specification(item, catalogue.kind)
    catalogue.build(given)
    return given


def read_budget(item: object) -> Budget:
    """A budget from text such as ``tokens=20000,seconds=5``.

    Raises:
        InvalidInputError: if it is not one.
    """
    if not isinstance(item, str):
        raise InvalidInputError(f'must be a text such as "tokens=20000,seconds=5"; got {item!r}')
    return Budget.parse(item)


def read_total(item: object, where: str) -> Budget:
    """What a whole experiment may spend, from text such as ``tokens=5_000_000,dollars=5``; None for no limit.

    Raises:
        InvalidInputError: if it is no budget, or one of seconds or samples.
    """
    found = at(where, lambda: read_budget("" if item is None else item))
    allowed = {Limit.TOKENS, Limit.CALLS, Limit.DOLLARS, Limit.FLOPS}
    if not set(found.as_dict()) <= allowed:
        raise InvalidInputError(f"{where}: only {', '.join(sorted(allowed))} of a whole experiment can be limited")
    return found


def read_task(item: object, parts: Parts, folder: Path, questions: int) -> list[TaskChoice]:
    """A task at each of its ``levels``.

    Raises:
        InvalidInputError: if there is no such task, level or file, or if it has too few questions.
    """
    settings = dict(item) if isinstance(item, Mapping) else {}
    levels = _levels(settings.pop("level", None), settings.pop("levels", None))
    prompt = read_prompt(settings.pop("prompt", QUESTION))
    given = _specification(settings if isinstance(item, Mapping) else item, parts.tasks.kind)
    task = parts.tasks.build(located(given, folder))
    if isinstance(task, ListedTask):
        if levels:
            raise InvalidInputError(f"{given!s} has no levels; leave level out")
        if questions > len(task):
            raise InvalidSettingError(str(given), "questions", questions, f"at most {len(task)}, all that it has")
        return [TaskChoice(given, 0, prompt)]
    right = f"from 1 to {task.info.levels}"
    if not levels:
        raise InvalidInputError(
            f'{given.name} needs a level {right}, as in  {{name = "{given.name}", level = 1}}  or  levels = [1, 2]'
        )
    for level in levels:
        if not 1 <= level <= task.info.levels:
            raise InvalidSettingError(given.name, "level", level, right)
    return [TaskChoice(given, level, prompt) for level in levels]


def read_strategy(item: object, parts: Parts, verifiers: list[Specification]) -> list[StrategyChoice]:
    """A strategy with its own verifier, or with each of the experiment's if it needs one and names none.

    Raises:
        InvalidInputError: if a part is unknown, or the strategy needs a verifier that it does not get.
    """
    given, own = _with_verifier(item, parts)
    info = parts.strategies.build(given).info
    if own is None and info.verifier is not None and not verifiers:
        raise InvalidInputError(
            f'{given.name} needs a verifier: add  verifiers = ["..."]  or write '
            f'{{strategy = "{given!s}", verifier = "..."}}; known are {", ".join(parts.verifiers)}'
        )
    wanted: list[Specification | None] = [None]
    if own is not None:
        wanted = [own]
    elif info.verifier is not None:
        wanted = [*verifiers]
    for verifier in wanted:
        if verifier is not None and info.verifier is Judges.STEPS:
            _require_steps(verifier, given, parts)
    return [StrategyChoice(given, verifier) for verifier in wanted]


def _with_verifier(item: object, parts: Parts) -> tuple[Specification, Specification | None]:
    settings = dict(item) if isinstance(item, Mapping) else {}
    verifier = settings.pop("verifier", None)
    own = None if verifier is None else read_part(verifier, parts.verifiers)
    inner = settings.pop("strategy", None)
    if inner is None:
        return _strategy(settings if isinstance(item, Mapping) else item, parts.strategies.kind), own
    if settings:
        extra = ", ".join(settings)
        raise InvalidInputError(f"a table with strategy may have a verifier beside it and nothing else; got {extra}")
    return _strategy(inner, parts.strategies.kind), own


def _strategy(item: object, kind: str) -> Specification:
    found = strategy_in(item) if isinstance(item, str) else item
    return found if isinstance(found, Specification) else _specification(found, kind)


def _require_steps(verifier: Specification, strategy: Specification, parts: Parts) -> None:
    if parts.verifiers.build(verifier).info.judges is not Judges.STEPS:
        raise InvalidInputError(
            f"{strategy.name} needs a verifier that judges steps, and {verifier!s} judges outcomes only"
        )


def _specification(item: object, kind: str) -> Specification:
    if isinstance(item, str | Mapping):
        return parse(item, kind)
    raise InvalidInputError(f'must be NAME, NAME(setting=value, ...) or {{name = "..."}}; got {item!r}')


def _levels(level: object, levels: object) -> tuple[int, ...]:
    if level is not None and levels is not None:
        raise InvalidInputError("give level or levels, not both")
    if level is None and levels is None:
        return ()
    many = levels if isinstance(levels, list) else [level] if levels is None else []
    found = tuple(one for one in many if isinstance(one, int) and not isinstance(one, bool))
    if not found or len(found) != len(many):
        given = level if levels is None else levels
        raise InvalidInputError(f"level must be a whole number and levels a list of them; got {given!r}")
    return found
