"""Thresholds that results must reach, for checks that run by themselves: ``accuracy=0.4``, ``greedy: low=0.3``."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from outlay.bench.summary import Row
from outlay.core.errors import InvalidInputError, UnknownNameError

MEASURES = ("accuracy", "low")
"""The share of right answers, and the lower end of its 95% interval."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """The least that a measure may be.

    Attributes:
        measure: one of ``MEASURES``.
        least: in [0, 1].
        strategy: as tables show it; empty for all.
    """

    measure: str
    least: float
    strategy: str = ""

    @classmethod
    def parse(cls, text: str) -> "Threshold":
        """A threshold from text such as ``accuracy=0.4`` or ``best_of_n(n=16) with exact: low=0.4``.

        Raises:
            InvalidInputError: if it is not of that form.
        """
        head, _, last = text.rpartition(":")
        measure, _, number = (part.strip() for part in last.partition("="))
        if measure not in MEASURES:
            raise UnknownNameError("measure in --fail-under", measure, MEASURES)
        try:
            least = float(number)
        except ValueError:
            least = -1.0
        if not 0 <= least <= 1:
            raise InvalidInputError(
                f"--fail-under {text!r}: {measure} must be a number from 0 to 1, as in {measure}=0.4"
            )
        return cls(measure, least, head.strip())

    def misses(self, rows: Sequence[Row]) -> list[str]:
        """What is said of each row that is below, or has no accuracy.

        Raises:
            UnknownNameError: if no row is of the strategy.
        """
        names = [row.method.name for row in rows]
        if self.strategy and self.strategy not in names:
            raise UnknownNameError("strategy in --fail-under", self.strategy, dict.fromkeys(names))
        return [
            f"{row.method.name}, {row.method.exam}: {self.measure} {_shown(row, self.measure)} is under {self.least:g}"
            for row in rows
            if (not self.strategy or row.method.name == self.strategy) and not self._reached(row)
        ]

    def _reached(self, row: Row) -> bool:
        value = _value(row, self.measure)
        return value is not None and value >= self.least


def all_misses(thresholds: Iterable[Threshold], rows: Sequence[Row]) -> list[str]:
    """What every threshold says of the rows that are below it."""
    return [miss for threshold in thresholds for miss in threshold.misses(rows)]


def _value(row: Row, measure: str) -> float | None:
    if row.accuracy is None:
        return None
    return row.accuracy.estimate if measure == "accuracy" else row.accuracy.low


def _shown(row: Row, measure: str) -> str:
    value = _value(row, measure)
    return "unknown" if value is None else f"{value:.3f}"
