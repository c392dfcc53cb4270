"""How an answer is read from a sample of a file, by name; what is right is compared by the same rule."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from outlay.core.errors import UnknownNameError
from outlay.core.problem import AnswerRule
from outlay.tasks.answer_line import ExactLine
from outlay.tasks.code_jsonl import ProgramText
from outlay.tasks.free_answer import FreeAnswer

HASHES = re.compile(r"####([^\n]*)")


@dataclass(frozen=True, slots=True)
class HashAnswer:
    """What follows the first ``####`` on its line, as GSM8K marks answers; a text without one has none.

    The first, because a base model goes on with a question of its own after its answer. Numbers compare by value.
    """

    def extract(self, text: str) -> str | None:
        """The answer without surrounding space, dollar signs and a final full stop."""
        found = HASHES.search(text)
        return found[1].strip().strip("$").removesuffix(".").strip() or None if found else None

    def equal(self, first: str, second: str) -> bool:
        """Whether two values are the same number, or the same text but for case and spaces."""
        return FreeAnswer().equal(first, second)

    def key(self, value: str) -> Fraction | str:
        """The number that a value is, else its text without case and spaces."""
        return FreeAnswer().key(value)


@dataclass(frozen=True, slots=True)
class WholeText:
    """The whole text is the answer, as a proof is; white space around it does not count."""

    def extract(self, text: str) -> str | None:
        """The text, if there is any."""
        return text.strip() or None

    def equal(self, first: str, second: str) -> bool:
        """Whether two texts are the same."""
        return first == second

    def key(self, value: str) -> str:
        """The text."""
        return value


RULES: Mapping[str, AnswerRule] = {
    "free_answer": FreeAnswer(),
    "hashes": HashAnswer(),
    "answer_line": ExactLine(),
    "program": ProgramText(),
    "text": WholeText(),
}
"""By the names that ``--rule`` takes."""


def rule_named(name: str) -> AnswerRule:
    """The rule of a name.

    Raises:
        UnknownNameError: with the nearest one.
    """
    if name not in RULES:
        raise UnknownNameError("answer rule", name, RULES)
    return RULES[name]
