"""The answer rule of text that nobody generated: a user's question, a data file."""

import re
from dataclasses import dataclass
from fractions import Fraction

_BOXED = re.compile(r"\\boxed\s*\{")
_SAID = re.compile(r"(?:final answer|answer)\s*(?:is|:|=)\s*([^\n]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FreeAnswer:
    r"""Takes the last ``\boxed{...}``, else what follows the last "answer:" or "answer is", else the last line."""

    def extract(self, text: str) -> str | None:
        """The answer's value, without surrounding space, dollar signs and a final full stop."""
        found = _boxed(text)
        if found is None:
            said = _SAID.findall(text)
            lines = [line for line in text.splitlines() if line.strip()]
            found = said[-1] if said else lines[-1] if lines else ""
        return found.strip().strip("$*").removesuffix(".").strip() or None

    def equal(self, first: str, second: str) -> bool:
        """Whether two values are the same number, or the same text but for case and spaces."""
        return self.key(first) == self.key(second)

    def key(self, value: str) -> Fraction | str:
        """The number that a value is, else its text without case and spaces."""
        number = _number(value)
        return "".join(value.casefold().split()) if number is None else number


def _boxed(text: str) -> str | None:
    starts = [match.end() for match in _BOXED.finditer(text)]
    if not starts:
        return None
    depth = 1
    for end in range(starts[-1], len(text)):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        if depth == 0:
            return text[starts[-1] : end]
    return None


def _number(text: str) -> Fraction | None:
    """The value of a plain number or fraction such as ``1,234.5``, ``-3``, ``1/2`` or ``1 1/2``."""
    mixed = re.fullmatch(r"([-+]?)(\d{1,300})\s+(\d{1,300}/\d{1,300})", text.strip())
    if mixed:
        part = _number(mixed[3])
        return None if part is None else (int(mixed[2]) + part) * (-1 if mixed[1] == "-" else 1)
    plain = "".join(text.split()).replace(",", "")
    if not re.fullmatch(r"[-+]?\d{1,300}(?:\.\d{1,300})?(?:/\d{1,300})?", plain):
        return None
    numerator, _, denominator = plain.partition("/")
    if denominator and int(denominator) == 0:
        return None
    return Fraction(numerator) / Fraction(denominator or "1")
