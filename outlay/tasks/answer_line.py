"""The answer convention that all generated tasks share: the last line reads ``answer:VALUE``."""

from dataclasses import dataclass

PREFIX = "answer:"


def answer_line(text: str) -> str | None:
    """What stands behind the last ``answer:`` of a text, stripped; None if it is absent or empty."""
    _, found, rest = text.rpartition(PREFIX)
    if not found:
        return None
    return rest.split("\n", 1)[0].strip() or None


@dataclass(frozen=True, slots=True)
class ExactLine:
    """An answer rule: the answer line, compared letter by letter with spaces ignored."""

    def extract(self, text: str) -> str | None:
        """The value behind the last ``answer:``, without spaces."""
        value = answer_line(text)
        return None if value is None else value.replace(" ", "")

    def equal(self, first: str, second: str) -> bool:
        """Whether two values are the same text."""
        return first == second

    def key(self, value: str) -> str:
        """The text."""
        return value
