"""Small worlds: a finite domain in which a formula is true or false."""

from collections.abc import Mapping
from dataclasses import dataclass

from outlay.logic.formula import (
    Atom,
    Binary,
    Connective,
    Constant,
    Equal,
    Falsum,
    Formula,
    Not,
    Quantified,
    Quantifier,
    Term,
)


@dataclass(frozen=True, slots=True)
class Structure:
    """What there is and what holds of it.

    Attributes:
        size: the objects are the numbers from 0 to below it; at least one.
        constants: what each constant names; one that is missing names 0.
        relations: for each predicate the tuples it is true of; a proposition has the empty tuple or none.
    """

    size: int
    constants: Mapping[str, int]
    relations: Mapping[str, frozenset[tuple[int, ...]]]

    def __str__(self) -> str:
        objects = ", ".join(map(str, range(self.size)))
        named = [f"{name} = {value}" for name, value in sorted(self.constants.items())]
        related = [f"{name}: {_shown(tuples)}" for name, tuples in sorted(self.relations.items())]
        return "; ".join([f"objects {objects}", *named, *related])


def holds(formula: Formula, structure: Structure) -> bool:
    """Whether a formula is true in a structure. Takes time exponential in the nesting of quantifiers."""
    return _holds(formula, structure, {})


def _holds(formula: Formula, structure: Structure, bound: dict[str, int]) -> bool:
    match formula:
        case Falsum():
            return False
        case Atom(predicate, arguments):
            found = tuple(_value(term, structure, bound) for term in arguments)
            return found in structure.relations.get(predicate, frozenset())
        case Equal(left, right):
            return _value(left, structure, bound) == _value(right, structure, bound)
        case Not(inner):
            return not _holds(inner, structure, bound)
        case Quantified(quantifier, variable, body):
            cases = (_holds(body, structure, {**bound, variable: value}) for value in range(structure.size))
            return all(cases) if quantifier is Quantifier.ALL else any(cases)
        case Binary(connective, left, right):
            return _joined(connective, left, right, structure, bound)


def _joined(connective: Connective, left: Formula, right: Formula, structure: Structure, bound: dict[str, int]) -> bool:
    first = _holds(left, structure, bound)
    match connective:
        case Connective.AND:
            return first and _holds(right, structure, bound)
        case Connective.OR:
            return first or _holds(right, structure, bound)
        case Connective.IMPLIES:
            return not first or _holds(right, structure, bound)
        case Connective.IFF:
            return first == _holds(right, structure, bound)


def _value(term: Term, structure: Structure, bound: dict[str, int]) -> int:
    return structure.constants.get(term.name, 0) if isinstance(term, Constant) else bound[term.name]


def _shown(tuples: frozenset[tuple[int, ...]]) -> str:
    if tuples == {()}:
        return "true"
    if not tuples:
        return "nothing"
    parts = [str(one[0]) if len(one) == 1 else f"({', '.join(map(str, one))})" for one in sorted(tuples)]
    return ", ".join(parts)
