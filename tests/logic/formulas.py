"""Random formulas and structures, for property tests."""

from collections.abc import Sequence
from itertools import combinations, product

from hypothesis import strategies as st

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
    Variable,
)
from outlay.logic.structure import Structure

LETTERS = ("p", "q", "r")
CONSTANTS = ("a", "b")
UNARY, BINARY = ("P", "Q"), ("R",)
VARIABLES = ("x", "y", "z")


def propositional(letters: Sequence[str] = LETTERS, most: int = 8) -> st.SearchStrategy[Formula]:
    """Formulas of letters, the false one included."""
    leaves = st.one_of(st.sampled_from(letters).map(Atom), st.just(Falsum()))
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(Not, inner), st.builds(Binary, st.sampled_from(Connective), inner, inner)
        ),
        max_leaves=most,
    )  # fmt: skip


@st.composite
def first_order(draw: st.DrawFn, depth: int = 3, scope: tuple[str, ...] = (), monadic: bool = False) -> Formula:
    """Closed formulas with up to three quantifiers within each other; monadic ones have P, Q and the constants only."""
    free = [name for name in VARIABLES if name not in scope]
    kinds = ["atom"] if depth == 0 else ["atom", "not", "binary", *(["quantified"] * 2 if free else [])]
    match draw(st.sampled_from(kinds)):
        case "not":
            return Not(draw(first_order(depth - 1, scope, monadic)))
        case "binary":
            sides = (draw(first_order(depth - 1, scope, monadic)) for _ in range(2))
            return Binary(draw(st.sampled_from(Connective)), *sides)
        case "quantified":
            name = draw(st.sampled_from(free))
            return Quantified(
                draw(st.sampled_from(Quantifier)), name, draw(first_order(depth - 1, (*scope, name), monadic))
            )
    term = st.sampled_from([*map(Constant, CONSTANTS), *map(Variable, scope)])
    unary = st.builds(Atom, st.sampled_from(UNARY), st.tuples(term))
    if monadic:
        return draw(unary)
    return draw(
        st.one_of(
            st.sampled_from(LETTERS[:1]).map(Atom),
            st.builds(Equal, term, term),
            unary,
            st.builds(Atom, st.sampled_from(BINARY), st.tuples(term, term)),
        )
    )  # fmt: skip


@st.composite
def structures(draw: st.DrawFn) -> Structure:
    """Structures for the formulas above with up to three objects."""
    size = draw(st.integers(1, 3))
    number = st.integers(0, size - 1)
    relations: dict[str, frozenset[tuple[int, ...]]] = {
        LETTERS[0]: draw(st.sampled_from([frozenset({()}), frozenset()]))
    }
    for name in UNARY:
        relations[name] = draw(st.frozensets(st.tuples(number)))
    for name in BINARY:
        relations[name] = draw(st.frozensets(st.tuples(number, number)))
    return Structure(size, {name: draw(number) for name in CONSTANTS}, relations)


def worlds(letters: Sequence[str] = LETTERS) -> list[Structure]:
    """Every row of a truth table."""
    rows: list[set[str]] = [set()]
    for letter in letters:
        rows += [{*row, letter} for row in rows]
    return [Structure(1, {}, {letter: frozenset({()}) for letter in row}) for row in rows]


def monadic_worlds() -> list[Structure]:
    """All that monadic formulas can tell apart: which of the four kinds of objects there are, and what is named."""
    found: list[Structure] = []
    kinds = [kind for size in range(1, 5) for kind in combinations(range(4), size)]
    for kind in kinds:
        relations = {
            name: frozenset((i,) for i, one in enumerate(kind) if one >> bit & 1) for bit, name in enumerate(UNARY)
        }
        found += [
            Structure(len(kind), dict(zip(CONSTANTS, named, strict=True)), relations)
            for named in product(range(len(kind)), repeat=len(CONSTANTS))
        ]
    return found
