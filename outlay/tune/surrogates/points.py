"""Points of a space whose choices depend on each other: drawn by asking whoever suggests, and as coordinates."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from outlay.tune.space import Choice, Params, Range, Suggesting
from outlay.tune.surrogates.surrogate import FloatArray

Draw = Callable[[Suggesting], object]
"""Asks for all choices that make a point; raises ``InvalidInputError`` where they make none."""


@dataclass(slots=True)
class Point:
    """Chooses at random whatever is asked for, and remembers what.

    Attributes:
        rng: source of the choices.
        given: choices that are taken as they are, where they are asked for and possible.
        params: what was chosen.
        open: what each of them might have been.
    """

    rng: np.random.Generator
    given: Mapping[str, object] = field(default_factory=dict)
    params: Params = field(default_factory=dict)
    open: dict[str, Choice | Range] = field(default_factory=dict)

    def suggest_categorical(self, name: str, choices: Sequence[bool | int | float | str | None]) -> object:
        """One of some values."""
        drawn = choices[int(self.rng.integers(len(choices)))]
        self.open[name] = Choice(tuple(choices))  # type: ignore[arg-type]
        fits = name in self.given and self.given[name] in choices
        return self.params.setdefault(name, self.given[name] if fits else drawn)

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        """A whole number within a range."""
        drawn = round(self._number(low - 0.5, high + 0.5, log=log))
        return self._kept(name, Range(low, high, log), min(max(drawn, low), high))  # type: ignore[return-value]

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        """A number within a range."""
        drawn = min(max(self._number(low, high, log=log), low), high)
        return self._kept(name, Range(float(low), float(high), log), drawn)  # type: ignore[return-value]

    def _number(self, low: float, high: float, *, log: bool) -> float:
        return float(np.exp(self.rng.uniform(np.log(low), np.log(high))) if log else self.rng.uniform(low, high))

    def _kept(self, name: str, bounds: Range, drawn: float) -> object:
        self.open[name] = bounds
        given = self.given.get(name)
        fits = isinstance(given, int | float) and bounds.low <= given <= bounds.high
        return self.params.setdefault(name, given if fits else drawn)


def encode(points: Sequence[Params], choices: Mapping[str, Choice | Range]) -> FloatArray:
    """Coordinates from -1 to 1; (points, coordinates).

    A number counts by its place in its range, one of several numbers by its rank, and anything else has a coordinate
    for each value, which is 1 where it was chosen. What a point has no choice of is 0.

    Args:
        points: what was chosen.
        choices: what might have been; others do not count.
    """
    columns = [
        column for name, one in sorted(choices.items()) for column in _columns([p.get(name) for p in points], one)
    ]
    return np.array(columns, np.float64).reshape(len(columns), len(points)).T


def _columns(values: Sequence[object], choice: Choice | Range) -> list[list[float]]:
    if isinstance(choice, Range):
        return [[_place(one, choice) for one in values]]
    if all(isinstance(one, int | float) and not isinstance(one, bool) for one in choice.values):
        ordered = sorted(float(one) for one in choice.values)
        last = max(len(ordered) - 1, 1)
        return [[2 * ordered.index(one) / last - 1 if one in ordered else 0.0 for one in values]]
    return [[float(one == value) for one in values] for value in choice.values]


def _place(value: object, bounds: Range) -> float:
    if not isinstance(value, int | float):
        return 0.0
    held = min(max(value, bounds.low), bounds.high)
    if bounds.log:
        return 2 * math.log(held / bounds.low) / math.log(bounds.high / bounds.low) - 1
    return 2 * (held - bounds.low) / (bounds.high - bounds.low) - 1
