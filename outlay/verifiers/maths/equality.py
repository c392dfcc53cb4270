"""Whether an answer equals a reference: the structures side by side, and where both are leaves, their meanings.

This module runs in the worker only.
"""

from collections.abc import Sequence

from outlay.verifiers.maths.guard import UnreadableError
from outlay.verifiers.maths.leaves import same_leaf
from outlay.verifiers.maths.notation import SET_OPENS, clean
from outlay.verifiers.maths.plain import plainly_equal
from outlay.verifiers.maths.solutions import same_relation, same_set, solution_set
from outlay.verifiers.maths.structure import (
    MOST_PARTS,
    Group,
    Leaf,
    Matrix,
    Meeting,
    Named,
    Union,
    Value,
    Without,
    is_inequality,
    read,
    relation_parts,
)

_HALF_OPEN = {("(", "]"), ("[", ")")}


def equal(reference: str, answer: str) -> bool:
    """Whether an answer means the same as a reference.

    Raises:
        UnreadableError: if one of them cannot be read as mathematics, or if nobody can tell.
    """
    first, second = clean(reference), clean(answer)
    if not first and not second:
        raise UnreadableError("neither says anything")
    plainly = plainly_equal(first, second)
    return same(read(first), read(second)) if plainly is None else plainly


def same(first: Value, second: Value) -> bool:
    """Whether two values are equal; a unit, a name or brackets that only one of them has are no difference.

    Raises:
        UnreadableError: if nobody can tell.
    """
    if first == second:
        return True
    if isinstance(first, Named) or isinstance(second, Named):
        return _same_named(first, second)
    if _is_range(first) or _is_range(second):
        return _same_range(first, second)
    if isinstance(first, Matrix) or isinstance(second, Matrix):
        return _same_matrix(first, second)
    if isinstance(first, Group) or isinstance(second, Group):
        return _same_group(first, second)
    assert isinstance(first, Leaf)  # noqa: S101 (all other kinds are dealt with)
    assert isinstance(second, Leaf)  # noqa: S101
    return same_leaf(first.text, second.text)


def _same_named(first: Value, second: Value) -> bool:
    if isinstance(first, Named) and isinstance(second, Named):
        if first.name == second.name and same(first.value, second.value):
            return True
        return bool(first.text and second.text) and same_relation(first.text, second.text)
    named, other = (first, second) if isinstance(first, Named) else (second, first)
    assert isinstance(named, Named)  # noqa: S101
    if isinstance(other, Leaf) and relation_parts(other.text)[1]:
        return bool(named.text) and not is_inequality(other.text) and same_relation(named.text, other.text)
    return same(named.value, other)


def _is_range(value: Value) -> bool:
    """Whether a value can only be a set of real numbers, most of them infinite."""
    if isinstance(value, Group):
        return value.maybe_interval and (value.opens, value.closes) in _HALF_OPEN
    return isinstance(value, Union | Meeting | Without) or (
        isinstance(value, Leaf) and (is_inequality(value.text) or value.text == "RR")
    )


def _same_range(first: Value, second: Value) -> bool:
    if isinstance(first, Group) and isinstance(second, Group):
        return first.ordered and second.ordered and _same_group(first, second)
    leaves = [value.text for value in (first, second) if isinstance(value, Leaf)]
    if len(leaves) == 2 and all(map(is_inequality, leaves)):
        return same_relation(*leaves)
    if not all(is_inequality(text) or text in {"RR", "emptyset"} for text in leaves):
        return False
    return same_set(solution_set(first), solution_set(second))


def _same_matrix(first: Value, second: Value) -> bool:
    one, other = _rows(first), _rows(second)
    if len(one) != len(other) and 1 in {len(one), len(other)}:
        one, other = _column(one), _column(other)
    return len(one) == len(other) and all(map(_in_order, one, other))


def _rows(value: Value) -> tuple[tuple[Value, ...], ...]:
    """The rows of a matrix; a tuple is one row, a leaf a single cell."""
    if isinstance(value, Matrix):
        return value.rows
    return (value.parts,) if isinstance(value, Group) and value.ordered else ((value,),)


def _column(rows: tuple[tuple[Value, ...], ...]) -> tuple[tuple[Value, ...], ...]:
    """A vector that lies, stood up."""
    return tuple((cell,) for cell in rows[0]) if len(rows) == 1 else rows


def _same_group(first: Value, second: Value) -> bool:
    if not (isinstance(first, Group) and isinstance(second, Group)):
        group, other = (first, second) if isinstance(first, Group) else (second, first)
        assert isinstance(group, Group)  # noqa: S101
        return len(group.parts) == 1 and same(group.parts[0], other)
    if first.ordered and second.ordered:
        return _same_brackets(first, second) and _in_order(first.parts, second.parts)
    if first.ordered or second.ordered:
        ordered, other = (first, second) if first.ordered else (second, first)
        half_open = (ordered.opens, ordered.closes) in _HALF_OPEN
        return not (other.opens or half_open) and _in_order(first.parts, second.parts)
    return _in_any_order(first, second)


def _same_brackets(first: Group, second: Group) -> bool:
    """Brackets say which ends belong to an interval; around anything else they are a matter of taste."""
    if not (first.maybe_interval and second.maybe_interval):
        return True
    return (first.opens, first.closes) == (second.opens, second.closes)


def _in_order(first: Sequence[Value], second: Sequence[Value]) -> bool:
    _check_count(first, second)
    return len(first) == len(second) and all(map(same, first, second))


def _in_any_order(first: Group, second: Group) -> bool:
    """Whether the parts match one to one; in two sets written as such, repeated parts count once."""
    _check_count(first.parts, second.parts)
    once = first.opens == second.opens == SET_OPENS
    left = list(second.parts)
    for part in first.parts:
        match = next((other for other in left if same(part, other)), None)
        if match is not None:
            left.remove(match)
        elif not (once and any(same(part, other) for other in second.parts)):
            return False
    return not left or (once and all(any(same(part, other) for part in first.parts) for other in left))


def _check_count(*groups: Sequence[Value]) -> None:
    if max(map(len, groups)) > MOST_PARTS:
        raise UnreadableError(f"it has more than {MOST_PARTS} parts")
