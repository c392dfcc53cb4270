"""The rules of natural deduction: what each cites, and whether a formula follows from that.

All formulas are canonical, so that equal ones are the same but for the names of variables.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from outlay.logic.formula import (
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
    constants,
    substitute,
    terms,
)

FALSE = Falsum()


@dataclass(frozen=True, slots=True)
class Box:
    """A finished box: what was assumed, and what came of it."""

    assumed: Formula
    reached: Formula


@dataclass(frozen=True, slots=True)
class Cited:
    """What a rule is applied to.

    Attributes:
        lines: the formulas of the lines cited.
        boxes: the boxes cited.
        in_force: the constants of all premises, and of what is assumed around the line that the rule gives.
    """

    lines: Sequence[Formula]
    boxes: Sequence[Box]
    in_force: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """How many lines and boxes a rule cites, and whether it gives a formula. Lines may be cited in any order."""

    lines: int
    boxes: int
    gives: Callable[[Formula, Cited], bool]


def _reiterates(formula: Formula, cited: Cited) -> bool:
    return formula == cited.lines[0]


def _introduces_and(formula: Formula, cited: Cited) -> bool:
    return formula == Binary(Connective.AND, cited.lines[0], cited.lines[1])


def _eliminates_and(formula: Formula, cited: Cited) -> bool:
    match cited.lines[0]:
        case Binary(Connective.AND, left, right):
            return formula in {left, right}
    return False


def _introduces_or(formula: Formula, cited: Cited) -> bool:
    match formula:
        case Binary(Connective.OR, left, right):
            return cited.lines[0] in {left, right}
    return False


def _eliminates_or(formula: Formula, cited: Cited) -> bool:
    first, second = cited.boxes
    either = Binary(Connective.OR, first.assumed, second.assumed)
    return cited.lines[0] == either and formula == first.reached and formula == second.reached


def _introduces_implies(formula: Formula, cited: Cited) -> bool:
    return formula == Binary(Connective.IMPLIES, cited.boxes[0].assumed, cited.boxes[0].reached)


def _eliminates_implies(formula: Formula, cited: Cited) -> bool:
    return cited.lines[0] == Binary(Connective.IMPLIES, cited.lines[1], formula)


def _introduces_iff(formula: Formula, cited: Cited) -> bool:
    there, back = cited.boxes
    both_ways = there.assumed == back.reached and there.reached == back.assumed
    return both_ways and formula == Binary(Connective.IFF, there.assumed, there.reached)


def _eliminates_iff(formula: Formula, cited: Cited) -> bool:
    either, side = cited.lines
    return either == Binary(Connective.IFF, side, formula) or either == Binary(Connective.IFF, formula, side)


def _introduces_not(formula: Formula, cited: Cited) -> bool:
    return cited.boxes[0].reached == FALSE and formula == Not(cited.boxes[0].assumed)


def _eliminates_not(formula: Formula, cited: Cited) -> bool:
    return formula == FALSE and cited.lines[1] == Not(cited.lines[0])


def _eliminates_two_nots(formula: Formula, cited: Cited) -> bool:
    return cited.lines[0] == Not(Not(formula))


def _eliminates_false(_: Formula, cited: Cited) -> bool:
    return cited.lines[0] == FALSE


def _proves_indirectly(formula: Formula, cited: Cited) -> bool:
    return cited.boxes[0].reached == FALSE and cited.boxes[0].assumed == Not(formula)


def _introduces_all(formula: Formula, cited: Cited) -> bool:
    match formula:
        case Quantified(Quantifier.ALL):
            return _is_case(cited.lines[0], formula, lambda name: _is_new(name, cited, formula))
    return False


def _eliminates_all(formula: Formula, cited: Cited) -> bool:
    match cited.lines[0]:
        case Quantified(Quantifier.ALL) as general:
            return _is_case(formula, general)
    return False


def _introduces_exists(formula: Formula, cited: Cited) -> bool:
    match formula:
        case Quantified(Quantifier.EXISTS):
            return _is_case(cited.lines[0], formula)
    return False


def _eliminates_exists(formula: Formula, cited: Cited) -> bool:
    (box,) = cited.boxes
    match cited.lines[0]:
        case Quantified(Quantifier.EXISTS) as general if formula == box.reached:
            return _is_case(box.assumed, general, lambda name: _is_new(name, cited, general, formula))
    return False


def _introduces_equal(formula: Formula, _: Cited) -> bool:
    return isinstance(formula, Equal) and formula.left == formula.right


def _eliminates_equal(formula: Formula, cited: Cited) -> bool:
    match cited.lines[0]:
        case Equal(left, right):
            return substitute(formula, left, right) == substitute(cited.lines[1], left, right)
    return False


def _any_name(_: str) -> bool:
    return True


def _is_case(case: Formula, general: Quantified, allowed: Callable[[str], bool] = _any_name) -> bool:
    """Whether a formula is the body of a quantifier with an allowed constant for its variable."""
    variable = Variable(general.variable)
    pairs = zip(terms(general.body), terms(case), strict=False)
    found = next((term for place, term in pairs if place == variable), None)
    if found is None:
        return case == general.body
    if not isinstance(found, Constant):
        return False
    return allowed(found.name) and case == substitute(general.body, variable, found)


def _is_new(name: str, cited: Cited, *elsewhere: Formula) -> bool:
    """Whether a constant is in no formula in force, nor in some others."""
    return name not in cited.in_force and all(name not in constants(formula) for formula in elsewhere)


RULES = {
    "reit": Rule(1, 0, _reiterates),
    "&I": Rule(2, 0, _introduces_and),
    "&E": Rule(1, 0, _eliminates_and),
    "|I": Rule(1, 0, _introduces_or),
    "|E": Rule(1, 2, _eliminates_or),
    "->I": Rule(0, 1, _introduces_implies),
    "->E": Rule(2, 0, _eliminates_implies),
    "<->I": Rule(0, 2, _introduces_iff),
    "<->E": Rule(2, 0, _eliminates_iff),
    "-I": Rule(0, 1, _introduces_not),
    "-E": Rule(2, 0, _eliminates_not),
    "--E": Rule(1, 0, _eliminates_two_nots),
    "falseE": Rule(1, 0, _eliminates_false),
    "IP": Rule(0, 1, _proves_indirectly),
    "allI": Rule(1, 0, _introduces_all),
    "allE": Rule(1, 0, _eliminates_all),
    "existsI": Rule(1, 0, _introduces_exists),
    "existsE": Rule(1, 1, _eliminates_exists),
    "=I": Rule(0, 0, _introduces_equal),
    "=E": Rule(2, 0, _eliminates_equal),
}
"""All rules but ``premise`` and ``assume``, which cite nothing."""
