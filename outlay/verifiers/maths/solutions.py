"""Equations, inequalities and intervals: what they say, whatever way round it is written. Runs in the worker only."""

import itertools
from typing import Any

import sympy

from outlay.verifiers.maths.expressions import read_expression
from outlay.verifiers.maths.guard import UnreadableError
from outlay.verifiers.maths.same import proportional, same_expression
from outlay.verifiers.maths.structure import Group, Leaf, Meeting, Named, Union, Value, Without, relation_parts

_RELATIONS = {"<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "!=": sympy.Ne, "=": sympy.Eq}


def same_relation(first: str, second: str) -> bool:
    """Whether two relations, or chains of them, say the same: side by side, or by what solves them.

    Raises:
        UnreadableError: if that cannot be told.
    """
    one, other = _links(first), _links(second)
    if len(one) == len(other) and all(any(_same_link(a, b) for b in other) for a in one):
        return all(any(_same_link(a, b) for a in one) for b in other)
    if "=" in {sign for _, sign in one + other}:
        return False
    variables = set().union(*(side.free_symbols for side, _ in one + other))
    return len(variables) == 1 and same_set(_solutions(first), _solutions(second))


def solution_set(value: Value) -> Any:
    """The set of real numbers that an interval, an inequality, a finite set or a union of such stands for.

    Raises:
        UnreadableError: if it is none of these, or cannot be solved.
    """
    match value:
        case Union(parts):
            return sympy.Union(*map(solution_set, parts))
        case Meeting(parts):
            return sympy.Intersection(*map(solution_set, parts))
        case Without((whole, *removed)):
            return sympy.Complement(solution_set(whole), sympy.Union(*map(solution_set, removed)))
        case Group(opens, parts, closes) if value.maybe_interval:
            low, high = (_number(part) for part in parts)
            return sympy.Interval(low, high, opens == "(", closes == ")")
        case Group(opens, parts, _) if not value.ordered:
            return sympy.FiniteSet(*map(_number, parts))
        case Named(_, inner, _):
            return solution_set(inner)
        case Leaf("RR"):
            return sympy.S.Reals
        case Leaf("emptyset"):
            return sympy.S.EmptySet
        case Leaf(text) if relation_parts(text)[1]:
            return _solutions(text)
        case Leaf():
            return sympy.FiniteSet(_number(value))
    raise UnreadableError("it is no set of numbers")


def same_set(first: Any, second: Any) -> bool:
    """Whether two sets of real numbers are the same, end by end.

    Raises:
        UnreadableError: if they are made of other things than intervals and numbers.
    """
    if first == second:
        return True
    one, other = _pieces(first), _pieces(second)
    return len(one) == len(other) and all(
        a[2:] == b[2:] and same_expression(a[0], b[0]) and same_expression(a[1], b[1])
        for a, b in zip(one, other, strict=True)
    )


def _links(text: str) -> list[tuple[Any, str]]:
    """Each relation of a chain as (difference of its sides, sign), the sign one of ``< <= = !=``."""
    sides, signs = relation_parts(text)
    read = list(map(read_expression, sides))
    links = []
    for (left, right), sign in zip(itertools.pairwise(read), signs, strict=True):
        turned = {">": "<", ">=": "<="}.get(sign)
        links.append((right - left, turned) if turned else (left - right, sign))
    return links


def _same_link(first: tuple[Any, str], second: tuple[Any, str]) -> bool:
    if first[1] != second[1]:
        return False
    if not first[0].free_symbols or not second[0].free_symbols:
        return same_expression(first[0], second[0])
    return proportional(first[0], second[0], positive=first[1] in {"<", "<="})


def _solutions(text: str) -> Any:
    sides, signs = relation_parts(text)
    read = list(map(read_expression, sides))
    solved = sympy.S.Reals
    for (left, right), sign in zip(itertools.pairwise(read), signs, strict=True):
        try:
            solved = solved.intersect(_RELATIONS[sign](left, right).as_set())
        except (NotImplementedError, TypeError, ValueError, AttributeError) as error:
            raise UnreadableError("an inequality cannot be solved") from error
    return solved


def _number(value: Value) -> Any:
    inner = value.value if isinstance(value, Named) else value
    if not isinstance(inner, Leaf):
        raise UnreadableError("a set has parts that are no numbers")
    found = read_expression(inner.text)
    if not isinstance(found, sympy.Expr) or not found.is_extended_real:
        raise UnreadableError("a set has parts that are no real numbers")
    return found


def _pieces(found: Any) -> list[tuple[Any, Any, bool, bool]]:
    """The intervals and numbers that make up a set, in their order on the line."""
    pieces = []
    for part in found.args if isinstance(found, sympy.Union) else (found,):
        if isinstance(part, sympy.Interval):
            pieces.append((part.start, part.end, bool(part.left_open), bool(part.right_open)))
        elif isinstance(part, sympy.FiniteSet):
            pieces += [(number, number, False, False) for number in part]
        elif part is sympy.S.Reals:
            pieces.append((-sympy.oo, sympy.oo, True, True))
        elif part is not sympy.S.EmptySet:
            raise UnreadableError("a set has parts that are neither intervals nor numbers")
    if any(end.free_symbols for piece in pieces for end in piece[:2]):
        raise UnreadableError("a set has ends that are no numbers")
    return sorted(pieces, key=lambda piece: float(piece[0]))
