"""Random theorems, each made along with a proof: from a first formula, moves lead on to others by new premises."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from outlay.logic.argument import Argument
from outlay.logic.formula import (
    Atom,
    Binary,
    Connective,
    Constant,
    Falsum,
    Formula,
    Not,
    Quantified,
    Quantifier,
    Variable,
    substitute,
)
from outlay.logic.printing import text_of

LETTERS = "abcdefghijklmnopqrstuvwxyz"
OBJECT, VARIABLE = Constant("c"), Variable("x")
"""What first-order proofs are about."""


@dataclass(frozen=True, slots=True)
class Theorem:
    """An argument and the text of a proof."""

    argument: Argument
    proof: str


@dataclass(slots=True, eq=False)
class _Line:
    formula: Formula
    boxes: int
    rule: str
    cited: "tuple[_Line | tuple[_Line, _Line], ...]"


@dataclass(slots=True)
class _Draft:
    """A proof in the making; premises are stated as they come up, and stand first in the end.

    Attributes:
        letters: names that are not in use.
        general: whether propositions are predicates of one object and premises are about all objects.
        rng: for all choices.
    """

    letters: list[str]
    general: bool
    rng: np.random.Generator
    premises: list[_Line] = field(default_factory=list)
    body: list[_Line] = field(default_factory=list)
    boxes: int = 0

    def new(self) -> Formula:
        """An atom that has not been used."""
        return Atom(self.letters.pop(), (OBJECT,) if self.general else ())

    def given(self, formula: Formula) -> _Line:
        """A line that says a formula, given as a premise or by one about all objects."""
        if not self.general:
            return self.premise(formula)
        about_all = Quantified(Quantifier.ALL, VARIABLE.name, substitute(formula, OBJECT, VARIABLE))
        return self.say(formula, "allE", self.premise(about_all))

    def premise(self, formula: Formula) -> _Line:
        """A new premise."""
        self.premises.append(_Line(formula, 0, "premise", ()))
        return self.premises[-1]

    def say(self, formula: Formula, rule: str, *cited: "_Line | tuple[_Line, _Line]") -> _Line:
        """A new line."""
        self.body.append(_Line(formula, self.boxes, rule, cited))
        return self.body[-1]

    def assume(self, formula: Formula) -> _Line:
        """A new line that opens a box."""
        self.boxes += 1
        return self.say(formula, "assume")

    def close(self, first: _Line) -> tuple[_Line, _Line]:
        """The innermost box, closed after the last line."""
        self.boxes -= 1
        return first, self.body[-1]

    def theorem(self, conclusion: Formula) -> Theorem:
        """What has been proved, and its proof."""
        lines = [*self.premises, *self.body]
        numbers = {id(line): number for number, line in enumerate(lines, start=1)}
        texts = []
        for line in lines:
            cited = ", ".join(
                f"{numbers[id(one[0])]}-{numbers[id(one[1])]}" if isinstance(one, tuple) else str(numbers[id(one)])
                for one in line.cited
            )
            bars = "| " * line.boxes
            texts.append(f"{numbers[id(line)]}. {bars}{text_of(line.formula)} [{f'{line.rule} {cited}'.strip()}]")
        argument = Argument(tuple(line.formula for line in self.premises), conclusion)
        return Theorem(argument, "\n".join(texts))


Move = Callable[[_Draft, _Line], _Line]


def draw_theorem(moves: int, level: int, rng: np.random.Generator) -> Theorem:
    """A theorem whose proof takes some moves from a premise, or from an assumption if it is an implication.

    Args:
        moves: how many.
        level: which moves there are: all from 4 on; with quantifiers in some theorems from 3 on.
        rng: for all choices.
    """
    letters = [letter for letter in rng.permutation(list(LETTERS)) if letter not in {OBJECT.name, VARIABLE.name}]
    draft = _Draft([str(letter) for letter in letters], level >= 3 and rng.random() < 0.4, rng)
    offered = [move for least, move in MOVES if level >= least]
    assumed = level >= 2 and rng.random() < 0.4
    first = draft.new()
    start = draft.assume(first) if assumed else draft.premise(first)
    line = start
    for _ in range(moves):
        line = offered[int(rng.integers(len(offered)))](draft, line)
    if assumed:
        line = draft.say(Binary(Connective.IMPLIES, first, line.formula), "->I", draft.close(start))
        if draft.general:
            line = draft.say(_quantified(Quantifier.ALL, line.formula), "allI", line)
    elif draft.general and rng.random() < 0.5:
        line = draft.say(_quantified(Quantifier.EXISTS, line.formula), "existsI", line)
    return draft.theorem(line.formula)


def _implies(draft: _Draft, line: _Line) -> _Line:
    new = draft.new()
    return draft.say(new, "->E", draft.given(Binary(Connective.IMPLIES, line.formula, new)), line)


def _splits(draft: _Draft, line: _Line) -> _Line:
    kept, dropped = draft.new(), draft.new()
    pair = (kept, dropped) if draft.rng.random() < 0.5 else (dropped, kept)
    both = Binary(Connective.AND, *pair)
    said = draft.say(both, "->E", draft.given(Binary(Connective.IMPLIES, line.formula, both)), line)
    return draft.say(kept, "&E", said)


def _joins(draft: _Draft, line: _Line) -> _Line:
    other = draft.given(draft.new())
    return draft.say(Binary(Connective.AND, line.formula, other.formula), "&I", line, other)


def _is_equivalent(draft: _Draft, line: _Line) -> _Line:
    new = draft.new()
    sides = (line.formula, new) if draft.rng.random() < 0.5 else (new, line.formula)
    return draft.say(new, "<->E", draft.given(Binary(Connective.IFF, *sides)), line)


def _weakens(draft: _Draft, line: _Line) -> _Line:
    sides = (line.formula, draft.new()) if draft.rng.random() < 0.5 else (draft.new(), line.formula)
    return draft.say(Binary(Connective.OR, *sides), "|I", line)


def _is_not_not(draft: _Draft, line: _Line) -> _Line:
    new = draft.new()
    given = draft.given(Binary(Connective.IMPLIES, line.formula, Not(Not(new))))
    return draft.say(new, "--E", draft.say(Not(Not(new)), "->E", given, line))


def _proves_indirectly(draft: _Draft, line: _Line) -> _Line:
    new = draft.new()
    given = draft.given(Binary(Connective.IMPLIES, Not(new), Not(line.formula)))
    first = draft.assume(Not(new))
    denied = draft.say(Not(line.formula), "->E", given, first)
    draft.say(Falsum(), "-E", line, denied)
    return draft.say(new, "IP", draft.close(first))


def _by_cases(draft: _Draft, line: _Line) -> _Line:
    one, other, new = draft.new(), draft.new(), draft.new()
    either = Binary(Connective.OR, one, other)
    said = draft.say(either, "->E", draft.given(Binary(Connective.IMPLIES, line.formula, either)), line)
    boxes = []
    for case in (one, other):
        given = draft.given(Binary(Connective.IMPLIES, case, new))
        first = draft.assume(case)
        draft.say(new, "->E", given, first)
        boxes.append(draft.close(first))
    return draft.say(new, "|E", said, *boxes)


MOVES: tuple[tuple[int, Move], ...] = (
    (1, _implies), (1, _splits), (1, _joins), (1, _is_equivalent), (2, _weakens), (2, _is_not_not),
    (3, _proves_indirectly), (4, _by_cases),
)  # fmt: skip
"""All moves, each with the level from which it is made."""


def _quantified(quantifier: Quantifier, formula: Formula) -> Formula:
    return Quantified(quantifier, VARIABLE.name, substitute(formula, OBJECT, VARIABLE))
