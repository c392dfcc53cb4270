"""One record of a file, and what can be taken from it; whatever is wrong is said in one sentence."""

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from outlay.core.errors import InvalidInputError

MOST, LARGEST = 2**31 - 1, sys.float_info.max
"""The largest whole number, and the largest of all, that a column holds."""


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A part of a file that is left out: its place, as in ``line 3``, and what is wrong with it."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Record:
    """A part of a file that reads as names and values: its place, as in ``line 3``, and what it holds."""

    where: str
    fields: Mapping[str, object]

    def first(self, *names: str) -> object:
        """The first of some fields that is there and not null."""
        return next((value for name in names if (value := self.fields.get(name)) is not None), None)


def as_text(name: str, value: object) -> str | None:
    """A text or a number as text. Halves of surrogate pairs, which no file can hold, become question marks.

    Raises:
        InvalidInputError: if it is something else.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidInputError(f'"{name}" must be a text')
    text = str(value)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def as_flag(name: str, value: object) -> float:
    """True or false as 1 or 0, null as NaN.

    Raises:
        InvalidInputError: if it is something else.
    """
    if value is None:
        return math.nan
    if isinstance(value, bool):
        return float(value)
    raise InvalidInputError(f'"{name}" must be true, false or null')


def as_whole(name: str, value: object) -> float:
    """A whole number, 0 or above; null as NaN.

    Raises:
        InvalidInputError: if it is something else.
    """
    if value is None or value != value:  # noqa: PLR0124 (NaN is not itself)
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST or value != int(value):
        raise InvalidInputError(f'"{name}" must be a whole number, 0 or above')
    return float(value)


def as_number(name: str, value: object) -> float:
    """A finite number; null as NaN.

    Raises:
        InvalidInputError: if it is something else.
    """
    if value is None or value != value:  # noqa: PLR0124 (NaN is not itself)
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        raise InvalidInputError(f'"{name}" must be a number')
    return float(value)


def as_score(name: str, value: object) -> float:
    """A number from 0 to 1; null as NaN.

    Raises:
        InvalidInputError: if it is something else.
    """
    number = as_number(name, value)
    if not (math.isnan(number) or 0 <= number <= 1):
        raise InvalidInputError(f'"{name}" must be from 0 to 1; it holds {number:g}')
    return number


def as_list(name: str, value: object) -> Sequence[object]:
    """A list.

    Raises:
        InvalidInputError: if it is something else.
    """
    if not isinstance(value, list):
        raise InvalidInputError(f'"{name}" must be a list')
    return value


def matching(name: str, value: object, length: int, of: str) -> Sequence[object]:
    """A list with an item for each sample.

    Raises:
        InvalidInputError: if it is something else; ``of`` is the field that says how many there are.
    """
    found = as_list(name, value)
    if len(found) != length:
        raise InvalidInputError(f'"{name}" has {len(found)} items and "{of}" has {length}')
    return found
