"""Lettered options of a question, which can be asked in another order."""

import string
from collections.abc import Sequence
from dataclasses import dataclass

LETTERS = string.ascii_lowercase


@dataclass(frozen=True, slots=True)
class Choices:
    """A question with options; an answer to it is the letter of one.

    Attributes:
        question: the text before the options.
        options: two to 26 texts, the first of which has the letter a.
    """

    question: str
    options: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 2 <= len(self.options) <= len(LETTERS):
            raise ValueError(f"there must be 2 to {len(LETTERS)} options; got {len(self.options)}")

    @property
    def text(self) -> str:
        """The question as it is asked."""
        return " ".join([self.question, *(f"{LETTERS[i]}) {option}" for i, option in enumerate(self.options))])

    def reordered(self, order: Sequence[int]) -> "Choices":
        """The same options, of which the one at place ``i`` is now the one that was at ``order[i]``.

        Raises:
            ValueError: if the order does not name each option once.
        """
        if sorted(order) != list(range(len(self.options))):
            raise ValueError(f"an order of {len(self.options)} options names each place once; got {list(order)}")
        return Choices(self.question, tuple(self.options[i] for i in order))

    def original(self, letter: str, order: Sequence[int]) -> str | None:
        """The letter that an option had before it was reordered; None for a text that is no letter of an option."""
        place = LETTERS.find(letter) if len(letter) == 1 else -1
        return LETTERS[order[place]] if 0 <= place < len(self.options) else None
