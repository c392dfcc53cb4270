"""How the value of a free-form answer is read, by name: what votes count where no task of ours asked the question."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from outlay.core.catalogue import Catalogue
from outlay.core.problem import AnswerRule
from outlay.tasks.free_answer import FreeAnswer

ANSWER_RULES: Catalogue[AnswerRule] = Catalogue(
    "answer rule",
    {
        "expression": "outlay.tasks.countdown:ExpressionAnswer",
        "field": "outlay.answering.answer_rules:MarkedField",
        "free": "outlay.tasks.free_answer:FreeAnswer",
        "line": "outlay.tasks.answer_line:ExactLine",
        "whole": "outlay.answering.answer_rules:WholeText",
    },
)
"""All answer rules that another tool can name."""


@dataclass(frozen=True, slots=True)
class WholeText:
    """The value is the whole text; two are the same but for case and spaces."""

    def extract(self, text: str) -> str | None:
        """The text without surrounding space."""
        return text.strip() or None

    def equal(self, first: str, second: str) -> bool:
        """Whether two texts are the same but for case and spaces, or the same number."""
        return FreeAnswer().equal(first, second)


@dataclass(frozen=True, slots=True)
class MarkedField:
    """One field of an answer in several: under the heading ``[[ ## name ## ]]``, as DSPy asks for them, or in JSON.

    Attributes:
        name: the field that is the answer.
    """

    name: str = "answer"

    def extract(self, text: str) -> str | None:
        """What stands under the last such heading, else the field of the JSON object that the text holds."""
        _, found, rest = text.rpartition(f"[[ ## {self.name} ## ]]")
        if found:
            return rest.split("[[ ## ", 1)[0].strip() or None
        return _field(text, self.name)

    def equal(self, first: str, second: str) -> bool:
        """Whether two values are the same number, or the same text but for case and spaces."""
        return FreeAnswer().equal(first, second)


@dataclass(frozen=True, slots=True)
class BeforeStop:
    """Another rule, which reads no further than the first of some strings.

    Attributes:
        rule: reads the value and compares.
        stop: where the text ends.
    """

    rule: AnswerRule
    stop: tuple[str, ...]

    def extract(self, text: str) -> str | None:
        """The value in what comes before the first of the strings."""
        return self.rule.extract(before(text, self.stop))

    def equal(self, first: str, second: str) -> bool:
        """As the rule has it."""
        return self.rule.equal(first, second)


def before(text: str, stop: Sequence[str]) -> str:
    """A text up to the first of some strings."""
    return text[: min((place for one in stop if (place := text.find(one)) >= 0), default=len(text))]


def _field(text: str, name: str) -> str | None:
    try:
        found = json.loads(text[text.find("{") : text.rfind("}") + 1])
    except (ValueError, RecursionError):
        return None
    value = found.get(name) if isinstance(found, dict) else None
    if value is None:
        return None
    return (value if isinstance(value, str) else json.dumps(value)).strip() or None
