"""A part of a pool's problems, so that one pool can serve for fitting and for judging."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from outlay.core.errors import InvalidInputError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part:
    """Every n-th problem, from some place on: ``1/2`` and ``2/2`` have no problem in common.

    Attributes:
        number: from 1.
        of: how many parts there are.
    """

    number: int = 1
    of: int = 1

    @classmethod
    def parse(cls, text: str) -> "Part":
        """A part from text such as ``1/2``.

        Raises:
            InvalidInputError: if it is not of that form.
        """
        number, slash, of = text.partition("/")
        if not (slash and number.strip().isdecimal() and of.strip().isdecimal() and 1 <= int(number) <= int(of)):
            raise InvalidInputError(f"a part of the problems is written as 1/2 or 2/2; got {text!r}")
        return cls(int(number), int(of))

    def take(self, problems: Sequence[T]) -> list[T]:
        """Those of its problems."""
        return list(problems[self.number - 1 :: self.of])

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"
