"""From lists of plain values to the arrays of one problem."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from outlay.core.errors import InvalidInputError
from outlay.pools.formats.record import as_flag, as_list, as_number, as_score, as_text, as_whole
from outlay.pools.ragged import Ragged

Check = Callable[[str, object], Any]
"""What the plain value of a named field becomes; raises an ``InvalidInputError`` that says what it must be."""


def _row_of(check: Check) -> Check:
    """The check of a list, or of null, by that of its items."""

    def row(name: str, value: object) -> list[float] | None:
        if value is None:
            return None
        found = [check(name, one) for one in as_list(name, value)]
        if any(map(math.isnan, found)):
            raise InvalidInputError(f'"{name}" must not hold null')
        return found

    return row


SCALARS: Mapping[str, Check] = {
    "text": as_text,
    "value": as_text,
    "vote": as_whole,
    "correct": as_flag,
    "finish": as_text,
    "prompt_tokens": as_whole,
    "completion_tokens": as_whole,
    "dollars": as_number,
    "flops": as_number,
    "seconds": as_number,
    "logprob": as_number,
}
"""Columns with one value a sample."""
LISTS: Mapping[str, Check] = {"token_logprobs": _row_of(as_number), "step_tokens": _row_of(as_whole)}
"""Columns with a list a sample."""
VERDICTS: Mapping[str, Check] = {"scores": as_score, "step_scores": _row_of(as_score), "verifier_tokens": as_whole}
"""Columns of each verifier."""


@dataclass(slots=True)
class Columns:
    """What is known of some samples of one problem.

    Attributes:
        count: how many there are.
        columns: by name, checked.
        verdicts: by kind and verifier, checked.
    """

    count: int = 0
    columns: dict[str, list[Any]] = field(default_factory=dict)
    verdicts: dict[tuple[str, str], list[Any]] = field(default_factory=dict)

    def add(self, other: "Columns") -> None:
        """Append the samples of another; what only one of them has is null for the other."""
        _append(self.columns, self.count, other.columns, other.count)
        _append(self.verdicts, self.count, other.verdicts, other.count)
        self.count += other.count

    def arrays(self) -> dict[str, Any]:
        """The columns as ``ProblemSamples`` takes them. One that says nothing is left out, and so are wrong votes."""
        found: dict[str, Any] = {name: _array(name, column) for name, column in self.columns.items() if _says(column)}
        for (kind, verifier), column in self.verdicts.items():
            if _says(column):
                found.setdefault(kind, {})[verifier] = _array(kind, column)
        if "vote" in found and not _are_votes(found["vote"], found.get("value", [])):
            del found["vote"]
        return found


def _append(mine: dict[Any, list[Any]], count: int, theirs: dict[Any, list[Any]], more: int) -> None:
    for key in {**mine, **theirs}:
        mine.setdefault(key, [None] * count).extend(theirs.get(key, [None] * more))


def _says(column: Sequence[object]) -> bool:
    """Whether there is anything but null and NaN in a column."""
    return any(one is not None and one == one for one in column)  # noqa: PLR0124 (NaN is not itself)


def _array(name: str, column: list[Any]) -> Any:
    if name in LISTS or name == "step_scores":
        return Ragged.of(column)
    if SCALARS.get(name) is as_text:
        return column
    numbers = np.array([math.nan if one is None else one for one in column], np.float64)
    return np.where(np.isnan(numbers), -1, numbers).astype(np.int64) if name == "vote" else numbers


def _are_votes(votes: Sequence[int], values: Sequence[str | None]) -> bool:
    """Whether given votes are those of these samples: each names the first of its kind, and none is missing."""
    return len(votes) == len(values) and all(
        vote == -1 if value is None else 0 <= vote <= index and votes[vote] == vote
        for index, (vote, value) in enumerate(zip(votes, values, strict=True))
    )
