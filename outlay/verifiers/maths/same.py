"""Whether two sympy objects are the same, by their values at points that no accident favours.

Two expressions that agree to 40 digits at several unrelated points are equal for all that answers go; two that differ
at one of them are not. That is quicker than simplifying, and it cannot get stuck in a rewriting. What has no numerical
value, such as an unknown function, is left to math-verify. This module runs in the worker only.
"""

import itertools
from collections.abc import Mapping
from typing import Any

import sympy
from math_verify import verify

from outlay.verifiers.maths.guard import UnreadableError
from outlay.verifiers.maths.numbers import Number

_DIGITS, _AGREEING = 60, 40
_VALUES = [
    sympy.Rational(*pair)
    for pair in (
        (3719, 9973), (18251, 9941), (-7079, 9949), (25847, 9967), (1291, 9929), (-14713, 9923), (9091, 9907),
        (-2897, 9901),
    )
]  # fmt: skip
"""Where expressions are compared: rational numbers between -1.5 and 2.6 without any pattern."""
_ENOUGH = 3


def same_expression(first: Any, second: Any) -> bool:
    """Whether two expressions are equal wherever both are real, or, if they never are, as complex numbers.

    Raises:
        UnreadableError: if that cannot be told.
    """
    if first == second:
        return True
    if isinstance(first, sympy.MatrixBase) or isinstance(second, sympy.MatrixBase):
        return _same_matrix(first, second)
    if not (isinstance(first, sympy.Expr) and isinstance(second, sympy.Expr)):
        return False
    if first.has(sympy.zoo, sympy.nan) or second.has(sympy.zoo, sympy.nan):
        raise UnreadableError("it is undefined")
    if first.is_Rational and second.is_Rational:
        return False
    agreements = _agreements(first, second)
    if agreements is None:
        return bool(verify(first, second, timeout_seconds=None, raise_on_error=True))
    return all(agreements)


def proportional(first: Any, second: Any, *, positive: bool = False) -> bool:
    """Whether one expression is a constant, other than 0, times the other; a positive one if that is asked for.

    Raises:
        UnreadableError: if that cannot be told.
    """
    if first == 0 or second == 0:
        return bool(first == second)
    ratios = []
    for point in _points(first, second):
        above, below = _value(first, point), _value(second, point)
        if above is not None and below is not None and above != 0 and below != 0:
            ratios.append(above / below)
    if len(ratios) < _ENOUGH:
        raise UnreadableError("two relations have too few values in common")
    if positive and not (sympy.im(ratios[0]) == 0 and ratios[0] > 0):
        return False
    return all(_close(ratio, ratios[0]) for ratio in ratios)


def rounds(decimal: Number, exact: Any) -> bool:
    """Whether a decimal of enough figures rounds or cuts off a real constant."""
    value = _value(exact, {}) if decimal.rounded and isinstance(exact, sympy.Expr) else None
    if value is None or not value.is_real:
        return False
    gap = abs(value - sympy.Rational(decimal.value.numerator, decimal.value.denominator))
    return bool(gap < sympy.Rational(1, decimal.unit_in_the_last_place.denominator))


def _same_matrix(first: Any, second: Any) -> bool:
    if not (isinstance(first, sympy.MatrixBase) and isinstance(second, sympy.MatrixBase)):
        return False
    return first.shape == second.shape and all(itertools.starmap(same_expression, zip(first, second, strict=True)))


def _agreements(first: Any, second: Any) -> list[bool] | None:
    """Whether the expressions agree at the points that count, or None if too few of them have values."""
    both_real: list[bool] = []
    others: list[bool] = []
    points = _points(first, second)
    for point in points:
        one, other = _value(first, point), _value(second, point)
        if one is None or other is None:
            continue
        (both_real if one.is_real and other.is_real else others).append(_close(one, other))
    enough = min(_ENOUGH, len(points))
    if len(both_real) >= enough:
        return both_real
    return both_real + others if len(both_real + others) >= enough else None


def _points(first: Any, second: Any) -> list[Mapping[Any, Any]]:
    """Points for all symbols of both expressions; one empty point for constants."""
    symbols = sorted(first.free_symbols | second.free_symbols, key=str)
    if not symbols:
        return [{}]
    count = len(_VALUES)
    # Strides of several lengths, so that no two symbols ever move together.
    return [
        {symbol: _VALUES[(start * (2 * order + 1) + order) % count] + order for order, symbol in enumerate(symbols)}
        for start in range(count)
    ]


def _value(expression: Any, point: Mapping[Any, Any]) -> Any | None:
    """The number that an expression is at a point, infinity included, or None if it has no value there."""
    if expression in {sympy.oo, -sympy.oo}:
        return expression
    value = expression.evalf(_DIGITS, subs=point, maxn=400)
    return value if value.is_number and value.is_finite and value.has(sympy.Float, sympy.Integer) else None


def _close(first: Any, second: Any) -> bool:
    if first == second:
        return True
    if not (first.is_finite and second.is_finite):
        return False
    largest = max(abs(first), abs(second))
    return bool(abs(first - second) <= largest * sympy.Float(10) ** -_AGREEING)
