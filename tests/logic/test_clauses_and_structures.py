"""Small worlds and small sets of clauses, against enumeration."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from outlay.logic.clauses import Clause, propagate, satisfiable
from outlay.logic.formula import Constant, Formula, Quantified, Quantifier, Variable, substitute
from outlay.logic.parser import parse
from outlay.logic.structure import Structure, holds
from tests.logic.formulas import CONSTANTS, first_order, structures

LITERALS = st.integers(1, 5).flatmap(lambda atom: st.sampled_from([atom, -atom]))
CLAUSES = st.lists(st.frozensets(LITERALS, min_size=1, max_size=3), max_size=12)


def models(clauses: list[Clause], given_literals: set[int]) -> list[set[int]]:
    rows = ({atom if row[atom - 1] else -atom for atom in range(1, 6)} for row in product((True, False), repeat=5))
    return [row for row in rows if given_literals <= row and all(clause & row for clause in clauses)]


@given(CLAUSES, st.frozensets(LITERALS, max_size=3))
def test_clauses_are_decided_as_by_a_truth_table(clauses: list[Clause], given_literals: frozenset[int]) -> None:
    found = models(clauses, set(given_literals))
    assert satisfiable(clauses, given_literals) == bool(found)
    known = propagate(clauses, given_literals)
    if known is None:
        assert not found
    else:
        assert all(known <= model for model in found)


@given(first_order(), structures())
def test_a_quantifier_is_all_or_any_of_its_cases(formula: Formula, structure: Structure) -> None:
    body = substitute(formula, Constant(CONSTANTS[0]), Variable("w"))
    cases = [
        holds(formula, Structure(structure.size, {**structure.constants, CONSTANTS[0]: value}, structure.relations))
        for value in range(structure.size)
    ]
    assert holds(Quantified(Quantifier.ALL, "w", body), structure) == all(cases)
    assert holds(Quantified(Quantifier.EXISTS, "w", body), structure) == any(cases)


def test_a_structure_is_shown() -> None:
    structure = Structure(2, {"tom": 1}, {"cat": frozenset({(1,)}), "R": frozenset({(0, 1), (1, 1)}), "p": frozenset()})
    assert str(structure) == "objects 0, 1; tom = 1; R: (0, 1), (1, 1); cat: 1; p: nothing"
    assert holds(parse("cat(tom) & -p & exists x. (R(x, tom) & x != tom)"), structure)
    assert not holds(parse("false"), structure)
