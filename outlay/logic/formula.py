"""Formulas of first-order logic without function symbols, as immutable trees.

A quantifier never binds a variable that is bound already, and no constant has the name of a variable of the same
formula; the parser sees to both. So a substitution can capture nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable, bound by a quantifier around it."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """The name of an object."""

    name: str


Term = Variable | Constant


class Connective(StrEnum):
    """What joins two formulas."""

    AND = "&"
    OR = "|"
    IMPLIES = "->"
    IFF = "<->"


class Quantifier(StrEnum):
    """Of all objects, or of at least one."""

    ALL = "all"
    EXISTS = "exists"


@dataclass(frozen=True, slots=True)
class Falsum:
    """What is never true."""


@dataclass(frozen=True, slots=True)
class Atom:
    """A predicate of some terms; of none, it is a proposition."""

    predicate: str
    arguments: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Equal:
    """Two terms name the same object."""

    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Not:
    """A negation."""

    inner: "Formula"


@dataclass(frozen=True, slots=True)
class Binary:
    """Two formulas and what joins them."""

    connective: Connective
    left: "Formula"
    right: "Formula"


@dataclass(frozen=True, slots=True)
class Quantified:
    """A formula about all objects or about some."""

    quantifier: Quantifier
    variable: str
    body: "Formula"


Formula = Falsum | Atom | Equal | Not | Binary | Quantified


def nodes(formula: Formula) -> Iterator[tuple[Formula, int]]:
    """The formula and all its parts from left to right, each before its own parts, with its depth from 1."""
    pending = [(formula, 1)]
    while pending:
        node, depth = pending.pop()
        yield node, depth
        match node:
            case Not(inner):
                pending.append((inner, depth + 1))
            case Binary(_, left, right):
                pending += [(right, depth + 1), (left, depth + 1)]
            case Quantified(_, _, body):
                pending.append((body, depth + 1))


def terms(formula: Formula) -> Iterator[Term]:
    """All terms from left to right, each as often as it stands there."""
    for node, _ in nodes(formula):
        match node:
            case Atom(_, arguments):
                yield from arguments
            case Equal(left, right):
                yield from (left, right)


def constants(formula: Formula) -> set[str]:
    """The names of all constants."""
    return {term.name for term in terms(formula) if isinstance(term, Constant)}


def with_terms(formula: Formula, change: Callable[[Term], Term]) -> Formula:
    """The formula with each of its terms replaced."""
    match formula:
        case Atom(predicate, arguments):
            return Atom(predicate, tuple(map(change, arguments)))
        case Equal(left, right):
            return Equal(change(left), change(right))
        case Not(inner):
            return Not(with_terms(inner, change))
        case Binary(connective, left, right):
            return Binary(connective, with_terms(left, change), with_terms(right, change))
        case Quantified(quantifier, variable, body):
            return Quantified(quantifier, variable, with_terms(body, change))
        case Falsum():
            return formula


def substitute(formula: Formula, old: Term, new: Term) -> Formula:
    """The formula with one term replaced by another everywhere."""
    return with_terms(formula, lambda term: new if term == old else term)


def canonical(formula: Formula) -> Formula:
    """The formula with variables named by a rule, so that two which differ only in names become equal.

    A variable is named after the most quantifiers that stand within each other in its scope. So all parts of a
    canonical formula are canonical, and so is what is put together from canonical formulas.
    """
    return _canonical(formula)[0]


def _canonical(formula: Formula) -> tuple[Formula, int]:
    """The canonical formula, and the most quantifiers within each other in it."""
    match formula:
        case Not(inner):
            named, height = _canonical(inner)
            return Not(named), height
        case Binary(connective, left, right):
            (first, one), (second, other) = _canonical(left), _canonical(right)
            return Binary(connective, first, second), max(one, other)
        case Quantified(quantifier, variable, body):
            named, height = _canonical(body)
            name = f"#{height}"  # no text has such a name
            return Quantified(quantifier, name, substitute(named, Variable(variable), Variable(name))), height + 1
        case _:
            return formula, 0
