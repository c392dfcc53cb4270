"""Ablations: the grid as it stands, and again with one thing changed at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from outlay.bench.choices import StrategyChoice, TaskChoice, read_part
from outlay.bench.fields import Fields
from outlay.bench.parts import Parts
from outlay.bench.prompts import read_prompt
from outlay.core.catalogue import Specification
from outlay.core.errors import InvalidInputError

FACTORS: Mapping[str, str] = {
    "temperature": "[1.0, 0.6]",
    "top_p": "[1.0, 0.9]",
    "prompt": '["{question}", "think step by step. {question}"]',
    "verifier": '["process_reward", "process_reward(aggregation=min)"]',
}
"""What can be changed, with an example of its values."""
SAMPLED = "sampled"
"""The model that sets temperature and top-p."""


@dataclass(frozen=True, slots=True)
class Combination:
    """What is asked, who answers, and how."""

    task: TaskChoice
    model: Specification
    strategy: StrategyChoice


@dataclass(frozen=True, slots=True)
class Ablation:
    """The values of each factor, two or more; the first is what all others are measured against.

    Attributes:
        values: by factor, those that the file names alone.
    """

    values: Mapping[str, Sequence[object]]

    @property
    def verifiers(self) -> list[Specification]:
        """The values of that factor."""
        return [one for one in self.values.get("verifier", ()) if isinstance(one, Specification)]

    def combinations(
        self, tasks: Sequence[TaskChoice], models: Sequence[Specification], strategies: Sequence[StrategyChoice]
    ) -> list[Combination]:
        """The grid with every factor at its first value, then with one at another, factor by factor.

        Args:
            tasks: all that are asked.
            models: all that answer.
            strategies: with every verifier that they are to be run with; only those with another than the first are
                run where the verifier is what changes.
        """
        found = []
        for changed, settings in self._settings():
            verifier = settings.get("verifier")
            others = [one for one in self.verifiers if one != verifier]
            kept = [
                one
                for one in strategies
                if (one.verifier == verifier if changed == "verifier" else one.verifier not in others)
            ]
            found += [
                Combination(_asked(task, settings), _sampled(model, settings), strategy)
                for task in tasks
                for model in models
                for strategy in kept
            ]
        return found

    def _settings(self) -> Iterator[tuple[str, Mapping[str, object]]]:
        base = {factor: values[0] for factor, values in self.values.items()}
        yield "", base
        for factor, values in self.values.items():
            for value in values[1:]:
                yield factor, {**base, factor: value}


NOTHING_CHANGED = Ablation({})
"""The grid as it stands, once."""


def read_ablation(fields: Fields, parts: Parts) -> Ablation:
    """The ``[ablation]`` table.

    Raises:
        InvalidInputError: naming the key and what would be right.
    """
    found: dict[str, list[object]] = {}
    for factor, example in FACTORS.items():
        if factor not in fields:
            continue
        values = [_read(factor, one, fields, parts) for one in fields.items(factor, example)]
        if len(values) < 2 or any(values.count(one) > 1 for one in values):
            raise fields.wrong(factor, values, "a list of two or more different values", f"{factor} = {example}")
        found[factor] = values
    fields.finish()
    if not found:
        raise InvalidInputError(f"{fields.where}: name what is to be changed: {', '.join(FACTORS)}")
    return Ablation(found)


def _read(factor: str, given: object, fields: Fields, parts: Parts) -> object:
    try:
        if factor == "prompt":
            return read_prompt(given)
        if factor == "verifier":
            return read_part(given, parts.verifiers)
        read_part({"name": SAMPLED, "of": "simulated", factor: given}, parts.models)
    except InvalidInputError as error:
        raise InvalidInputError(f"{fields.where}: {factor}: {error}") from error
    return float(str(given))


def _asked(task: TaskChoice, settings: Mapping[str, object]) -> TaskChoice:
    prompt = settings.get("prompt")
    return task if prompt is None else replace(task, prompt=str(prompt))


def _sampled(model: Specification, settings: Mapping[str, object]) -> Specification:
    given = {name: settings[name] for name in ("temperature", "top_p") if name in settings}
    return Specification(SAMPLED, {"of": model, **given}) if given else model
