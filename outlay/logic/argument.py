"""Premises with a conclusion, read from formal text.

all x. (cat(x) -> likes(x, milk))
cat(tom)
conclusion: likes(tom, milk)
"""

from dataclasses import dataclass

from outlay.core.problem import Sequent
from outlay.logic.errors import FormulaError
from outlay.logic.formula import Atom, Formula, nodes
from outlay.logic.parser import parse
from outlay.logic.printing import text_of

MAX_PREMISES = 500
MAX_LENGTH = 50_000
"""Characters of a whole argument."""
_MARKS = ("conclusion:", "⊢", "|-")


@dataclass(frozen=True, slots=True)
class Argument:
    """Formulas that are given, and one that is asked about."""

    premises: tuple[Formula, ...]
    conclusion: Formula

    def __str__(self) -> str:
        return "\n".join([*map(text_of, self.premises), f"conclusion: {text_of(self.conclusion)}"])

    @property
    def sequent(self) -> Sequent:
        """The argument as a problem carries it."""
        return Sequent(tuple(map(text_of, self.premises)), text_of(self.conclusion))


def read_sequent(sequent: Sequent) -> Argument:
    """The argument that a problem carries; in messages, premises are lines from 1, and the conclusion is the last.

    Raises:
        FormulaError: as ``parse_argument`` does.
    """
    return parse_argument("\n".join([*map(_one_line, sequent.premises), _MARKS[0] + _one_line(sequent.conclusion)]))


def parse_argument(text: str) -> Argument:
    """An argument from text: a premise a line, then ``conclusion:``, ``⊢`` or ``|-`` and the conclusion.

    Empty lines and lines that begin with ``#`` are left out.

    Raises:
        FormulaError: where a line is not a formula, if there is no conclusion or text behind it, if a predicate
            has different numbers of arguments, or if there is too much of it.
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"the argument is longer than {MAX_LENGTH} characters")
    premises: list[Formula] = []
    conclusion: Formula | None = None
    arities: dict[str, int] = {}
    number = 0
    for number, line in enumerate(text.split("\n"), start=1):
        body = line.strip()
        if not body or body.startswith("#"):
            continue
        if conclusion is not None:
            raise FormulaError("the conclusion must be the last line", number)
        mark = next((one for one in _MARKS if body.casefold().startswith(one)), "")
        start = line.index(body) + len(mark)
        formula = parse(line[start:], number, start + 1)
        _check_arities(formula, arities, number)
        if mark:
            conclusion = formula
        else:
            premises.append(formula)
    if conclusion is None:
        raise FormulaError("expected a last line  conclusion: FORMULA", number)
    if len(premises) > MAX_PREMISES:
        raise FormulaError(f"there are more than {MAX_PREMISES} premises", number)
    return Argument(tuple(premises), conclusion)


def _check_arities(formula: Formula, arities: dict[str, int], line: int) -> None:
    for node, _ in nodes(formula):
        if isinstance(node, Atom):
            number = len(node.arguments)
            if arities.setdefault(node.predicate, number) != number:
                before = arities[node.predicate]
                raise FormulaError(f"{node.predicate!r} has {number} arguments here and {before} before", line)


def _one_line(text: str) -> str:
    return " ".join(text.split())
