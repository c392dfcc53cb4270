"""Numbers as people write them, read without algebra: ``1,234.5``, ``-3/4``, ``1 1/2``, ``2e5``, LaTeX fractions."""

import re
from dataclasses import dataclass
from fractions import Fraction

_FIGURES = r"\d{1,3}(?:,\d{3}){1,60}|\d{1,300}"
_DECIMAL = re.compile(rf"({_FIGURES})?(?:\.(\d{{0,300}}))?(?:[eE]([-+]?\d{{1,3}}))?")
_RATIO = re.compile(
    r"(?:(\d{1,300}) ?)??(?:(\d{1,300}) ?/ ?(\d{1,300})|\\[dtc]?frac ?(?:\{(\d+)\} ?\{(\d+)\}|(\d)(\d)))"
)
_RECURRING = re.compile(r"(\d{0,300})\.(\d{0,300})\\(?:overline|bar)\{(\d{1,300})\}")
_SIGNS = str.maketrans("−–", "--")
ROUNDED_FIGURES = 6
"""From this many significant figures on, a decimal may stand for the exact value that it rounds or cuts off."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number that was written out.

    Attributes:
        value: exactly what was written.
        places: digits after the point where it was written as a decimal that is not whole, else None.
        figures: how many significant figures that decimal has, else 0.
    """

    value: Fraction
    places: int | None = None
    figures: int = 0

    @property
    def rounded(self) -> bool:
        """Whether it may stand for an exact value that it rounds or cuts off."""
        return self.places is not None and self.figures >= ROUNDED_FIGURES

    @property
    def unit_in_the_last_place(self) -> Fraction:
        """What one more in its last digit would add."""
        return Fraction(1, 10 ** (self.places or 0))


def read_number(text: str) -> Number | None:
    """The number that a text is and nothing else, or None."""
    text = text.strip().translate(_SIGNS)
    sign = -1 if text.startswith("-") else 1
    text = text[1:].lstrip() if text[:1] in {"-", "+"} else text
    found = _decimal(text) or _ratio(text) or _recurring(text)
    return None if found is None else Number(sign * found.value, found.places, found.figures)


def same_number(first: Number, second: Number) -> bool:
    """Whether two numbers are equal, or one is a long decimal that rounds or cuts off the other, a fraction."""
    if first.value == second.value:
        return True
    for decimal, exact in ((first, second), (second, first)):
        if decimal.rounded and exact.places is None and exact.value.denominator != 1:
            return abs(decimal.value - exact.value) < decimal.unit_in_the_last_place
    return False


def _decimal(text: str) -> Number | None:
    match = _DECIMAL.fullmatch(text)
    if match is None or not (match[1] or match[2]):
        return None
    whole, part, exponent = (match[1] or "0").replace(",", ""), match[2] or "", int(match[3] or 0)
    value = Fraction(int(whole + part or "0")) * Fraction(10) ** (exponent - len(part))
    if value.denominator == 1:
        return Number(value)
    return Number(value, max(0, len(part) - exponent), len((whole + part).lstrip("0")))


def _ratio(text: str) -> Number | None:
    match = _RATIO.fullmatch(text)
    if match is None:
        return None
    whole, *pairs = match.groups()
    above, below = (int(one) for one in pairs if one is not None)
    if below == 0:
        return None
    return Number(Fraction(int(whole or 0)) + Fraction(above, below))


def _recurring(text: str) -> Number | None:
    match = _RECURRING.fullmatch(text)
    if match is None:
        return None
    whole, part, period = match[1] or "0", match[2], match[3]
    repeated = Fraction(int(period), 10 ** len(period) - 1)
    return Number((int(whole + part) + repeated) / 10 ** len(part))
