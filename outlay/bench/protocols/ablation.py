"""What each change of an ablation does to each method: paired by question, all changes corrected together.

The factors are those that decide how candidates are made, temperature, top-p and prompt, and how they are rewarded, the
verifier and its aggregation (Bag of Tricks for Inference-time Computation of LLM Reasoning, sections 3 and 4).
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from outlay.bench.ablation import FACTORS
from outlay.bench.choices import TaskChoice
from outlay.bench.figures import share
from outlay.bench.protocols.page import Contrast, Findings, compared
from outlay.bench.protocols.questions import FinishedRun, Values, accuracies, average, compare, interval
from outlay.bench.summary import Method
from outlay.core.catalogue import parse
from outlay.core.errors import InvalidInputError

HEAD = ("n", "before", "after [95%]")
NOTE = (
    "Before: accuracy with everything as the experiment's first values have it ({base}). Difference: after less before."
)


@dataclass(frozen=True, slots=True)
class _Setting:
    """What a method was run with: what stays the same, and the values of the factors as text."""

    task: str
    level: int
    model: str
    strategy: str
    budget: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Change:
    """One factor at another value, with the accuracies by question of one method before and after."""

    factor: str
    value: str
    strategy: str
    task: str
    before: Values
    after: Values


def ablation(run: FinishedRun) -> Findings:
    """The effect of every change on every strategy, over all tasks, and on every task, over all strategies.

    Raises:
        InvalidInputError: if the experiment had no ``[ablation]``, or nothing can be compared yet.
    """
    factors = _factors(run.manifest.experiment)
    found = {_setting(method, factors): accuracies(trials) for method, trials in run.methods.items()}
    base = {factor: values[0] for factor, values in factors.items()}
    changes = list(_changes({setting: values for setting, values in found.items() if values}, base))
    if not changes:
        raise InvalidInputError("ablate: no change can be compared yet; go on with the run")
    note = NOTE.format(base=", ".join(f"{factor} {value}" for factor, value in base.items()))
    tables = []
    for title, kind in (("Effect on each strategy, over all tasks", "strategy"), ("Effect on each task", "task")):
        lines = _lines(changes, [getattr(change, kind) for change in changes])
        tables.append(compared(title, (kind, *HEAD), lines, note))
    return Findings("ablate", f"{run.manifest.name}: one change at a time", tables)


def _factors(experiment: str) -> dict[str, list[str]]:
    """The values of each factor of an experiment file, as text."""
    table = tomllib.loads(experiment).get("ablation")
    if not isinstance(table, Mapping):
        raise InvalidInputError(
            f"ablate: the run's experiment has no [ablation]; add one with some of {', '.join(FACTORS)}"
        )
    return {factor: [_told(factor, one) for one in table[factor]] for factor in FACTORS if factor in table}


def _told(factor: str, value: object) -> str:
    if factor == "verifier" and isinstance(value, str | Mapping):
        return str(parse(value, "verifier"))
    return f"{float(str(value)):g}" if factor in {"temperature", "top_p"} else str(value)


def _setting(method: Method, factors: Mapping[str, Sequence[str]]) -> _Setting:
    """What a method was run with; what is no factor, or has none of its values, belongs to what stays the same."""
    values: dict[str, str] = {}
    task, model, strategy = method.task, method.model, method.name
    if "prompt" in factors:
        choice = TaskChoice.of(method.task, method.level)
        task, values["prompt"] = str(choice.specification), choice.prompt
    if {"temperature", "top_p"} & set(factors):
        given = parse(method.model, "model").settings
        model = str(given["of"])
        values |= {name: _told(name, value) for name, value in given.items() if name != "of"}
    if method.verifier in factors.get("verifier", ()):
        strategy, values["verifier"] = method.strategy, method.verifier
    return _Setting(task, method.level, model, strategy, method.budget, tuple(sorted(values.items())))


def _changes(found: Mapping[_Setting, Values], base: Mapping[str, str]) -> Iterator[_Change]:
    """Each setting that differs in one factor from one that has all first values, and the same otherwise."""
    for after, values in found.items():
        differing = [(factor, value) for factor, value in after.values if value != base[factor]]
        if len(differing) != 1:
            continue
        factor, value = differing[0]
        undone = tuple((name, base[name] if name == factor else kept) for name, kept in after.values)
        before = found.get(replace(after, values=undone), {})
        # Only questions that both have, or a method that is further on would weigh more on one side.
        shared = [question for question in values if question in before]
        if not shared:
            continue
        where = (after.task, after.level, after.model, after.budget)
        yield _Change(
            factor, value, after.strategy, f"{after.task}, level {after.level}" if after.level else after.task,
            {(where, question): before[question] for question in shared},
            {(where, question): values[question] for question in shared},
        )  # fmt: skip


def _lines(changes: Sequence[_Change], kinds: Sequence[str]) -> Iterator[Contrast]:
    """Under each change a line for every kind; of a question that it has several times the mean counts."""
    members: dict[tuple[str, str], dict[str, list[_Change]]] = {}
    for kind, change in zip(kinds, changes, strict=True):
        members.setdefault((change.factor, change.value), {}).setdefault(kind, []).append(change)
    for (factor, value), by_kind in members.items():
        yield Contrast([f"{factor}: {value}"])
        for kind, found in by_kind.items():
            before = average(pair for one in found for pair in one.before.items())
            after = average(pair for one in found for pair in one.after.items())
            mean = f"{100 * interval(before).estimate:.1f}%"
            yield Contrast([kind, str(len(after)), mean, share(interval(after))], compare(after, before))
