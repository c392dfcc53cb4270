"""Small sets of clauses, decided exactly: unit propagation and, where that is not enough, case by case.

Literals are whole numbers but 0, and the negation of one is its negative. Source: Davis, Logemann and Loveland 1962, A
Machine Program for Theorem-Proving.
"""

from collections.abc import Iterable, Sequence

Clause = frozenset[int]


def propagate(clauses: Sequence[Clause], given: Iterable[int]) -> set[int] | None:
    """All literals that follow from the given ones by clauses of which one literal is left; None at a contradiction."""
    known = set(given)
    if any(-literal in known for literal in known):
        return None
    changed = True
    while changed:
        changed = False
        for clause in clauses:
            if not known.isdisjoint(clause):
                continue
            left = [literal for literal in clause if -literal not in known]
            if not left:
                return None
            if len(left) == 1:
                known.add(left[0])
                changed = True
    return known


def satisfiable(clauses: Sequence[Clause], given: Iterable[int] = ()) -> bool:
    """Whether some assignment makes the given literals and all clauses true. Exponential in the worst case."""
    known = propagate(clauses, given)
    if known is None:
        return False
    for clause in clauses:
        if known.isdisjoint(clause):
            choice = min(literal for literal in clause if -literal not in known)
            return satisfiable(clauses, {*known, choice}) or satisfiable(clauses, {*known, -choice})
    return True
