"""Whether two leaves are equal: words, numbers with a base, quantities with units, ratios, equations, expressions.

This module runs in the worker only.
"""

import re
from fractions import Fraction
from typing import Any

import sympy

from outlay.verifiers.maths.expressions import read_expression
from outlay.verifiers.maths.names import MATHEMATICAL_NAMES
from outlay.verifiers.maths.numbers import read_number
from outlay.verifiers.maths.plain import plainly_equal
from outlay.verifiers.maths.same import rounds, same_expression
from outlay.verifiers.maths.solutions import same_relation
from outlay.verifiers.maths.structure import is_inequality, relation_parts
from outlay.verifiers.maths.units import Unit, split_quantity

_WORD = re.compile(r"(?<!\\)[a-zA-Z]+")
_SENTENCE_SIGNS = re.compile(r"[^\w\s]|(?<![^\W_])(?:the|an?)(?![^\W_])")
_BASED = re.compile(r"([0-9a-fA-F]{1,60})_ ?\{? ?(\d{1,2}) ?\}?")
_CLOCK = re.compile(r"(\d?\d:\d\d(?::\d\d)?) ?(?:([ap])\.?m\.?)?", re.IGNORECASE)
_NUMBERS_APART = re.compile(r"\d [\d.]")


def same_leaf(first: str, second: str) -> bool:
    """Whether two texts without outer structure mean the same.

    Raises:
        UnreadableError: if one of them cannot be read, or if nobody can tell.
    """
    first, second = _without_working(first), _without_working(second)
    plainly = plainly_equal(first, second)
    if plainly is not None:
        return plainly
    if "".join(first.split()) == "".join(second.split()) and not _NUMBERS_APART.search(first + "|" + second):
        return True
    if (clock := _CLOCK.fullmatch(first)) and (other_clock := _CLOCK.fullmatch(second)):
        return _same_time(clock, other_clock)
    if relation_parts(first)[1] and relation_parts(second)[1]:
        return same_relation(first, second)
    if relation_parts(first)[1] or relation_parts(second)[1]:
        return False
    one, other = _based(first), _based(second)
    if one or other:
        return _same_based(one, other, first, second)
    (number, unit), (other_number, other_unit) = split_quantity(first), split_quantity(second)
    if unit or other_unit:
        return _same_quantity(number, unit, other_number, other_unit)
    if is_prose(first) or is_prose(second):
        return _words(first) == _words(second)
    return _same_ratio(first, second) if ":" in first + second else _same_value(first, second)


def is_prose(text: str) -> bool:
    """Whether a text is words rather than a formula: one of four letters or more, or two of two or more."""
    words = [word for word in _WORD.findall(text) if len(word) > 1 and word.casefold() not in MATHEMATICAL_NAMES]
    if any(char in text for char in "^_=*+\\"):
        return any(len(word) > 5 for word in words) and "\\" not in text
    return len(words) > 1 or any(len(word) > 3 for word in words)


def _words(text: str) -> list[str]:
    """A text's words, without case, punctuation and articles."""
    return _SENTENCE_SIGNS.sub(" ", text.casefold()).split()


def _without_working(text: str) -> str:
    """The last side of a calculation such as ``2 + 3 = 5``, which starts from no unknown."""
    sides, signs = relation_parts(text)
    if not signs or set(signs) != {"="} or is_inequality(text):
        return text
    names = {name.casefold() for name in re.findall(r"[a-zA-Z]+", sides[0])}
    return sides[-1].strip() if names <= MATHEMATICAL_NAMES else text


def _based(text: str) -> tuple[int, int] | None:
    """The value and the base of a number such as ``1010_2``."""
    match = _BASED.fullmatch(text)
    if match is None or not 2 <= int(match[2]) <= 16:
        return None
    try:
        return int(match[1], int(match[2])), int(match[2])
    except ValueError:
        return None


def _same_based(one: tuple[int, int] | None, other: tuple[int, int] | None, first: str, second: str) -> bool:
    """Numbers with bases by their values; one that leaves the base out may be in the other's base or in ten."""
    if one and other:
        return one[0] == other[0]
    value, base = one or other or (0, 10)
    bare = second if one else first
    return bare == str(value) or _based(f"{bare}_{base}") == (value, base)


def _same_quantity(first: str, unit: Unit | None, second: str, other: Unit | None) -> bool:
    """Quantities by value and dimension; where one has no unit, it is understood."""
    if unit and other:
        if unit.dimension != other.dimension:
            return False
        return _same_value(first, second, unit.factor / other.factor)
    known = unit or other
    assert known is not None  # noqa: S101 (the caller found one)
    if is_prose(first) or is_prose(second):
        return False
    if _same_value(first, second):
        return True
    if known.dimension or known.factor == 1:
        return False
    return _same_value(first, second, known.factor if unit else 1 / known.factor)


def _same_time(first: re.Match[str], second: re.Match[str]) -> bool:
    """Times of day; where only one says which half of the day, it is understood."""
    halves = {match[2].casefold() for match in (first, second) if match[2]}
    return first[1].zfill(5) == second[1].zfill(5) and len(halves) < 2


def _same_ratio(first: str, second: str) -> bool:
    """Ratios such as ``3:2`` or ``1:2:3``, reduced or not."""
    one, other = first.split(":"), second.split(":")
    if len(one) != len(other):
        return False
    (first_base, *first_rest), (second_base, *second_rest) = map(read_expression, one), map(read_expression, other)
    return all(same_expression(a / first_base, b / second_base) for a, b in zip(first_rest, second_rest, strict=True))


def _same_value(first: str, second: str, factor: Fraction = Fraction(1)) -> bool:
    """Whether the first text times a factor is worth the second, with ``log`` taken to any one base in both."""
    scale = sympy.Rational(factor.numerator, factor.denominator)
    for base in ("e", "10") if "log" in first + second else ("e",):
        one, other = _value(first, base) * scale, _value(second, base)
        if same_expression(one, other):
            return True
        if factor == 1 and (_rounds(first, second, other) or _rounds(second, first, one)):
            return True
    return False


def _value(text: str, log_base: str) -> Any:
    number = read_number(text)
    if number is None:
        return read_expression(text, log_base)
    return sympy.Rational(number.value.numerator, number.value.denominator)


def _rounds(decimal: str, text: str, exact: Any) -> bool:
    """Whether a text is a long decimal that rounds the exact value of the other text."""
    number = read_number(decimal)
    return number is not None and not _has_decimals(text) and rounds(number, exact)


def _has_decimals(text: str) -> bool:
    return re.search(r"\.\d", text) is not None
