"""Checks a proof line by line: each must follow by its rule from lines and boxes that it may cite."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, permutations

from outlay.logic.argument import Argument
from outlay.logic.errors import FormulaError
from outlay.logic.formula import Formula, canonical, constants
from outlay.logic.proof.line import BoxCited, ProofLine, read_line
from outlay.logic.proof.rules import RULES, Box, Cited

MAX_LINES = 300
MAX_LENGTH = 20_000
"""Characters of a whole proof."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of checking a proof.

    Attributes:
        right: how many lines are right before the first that is not.
        fault: what is wrong with the line after them; ``""`` if there is none.
        proved: whether all lines are right and the last one is the conclusion, outside of all boxes.
    """

    right: int
    fault: str
    proved: bool


def proof_lines(text: str) -> list[str]:
    """The lines of a proof; ``;`` ends a line too, and empty ones are left out."""
    return [line for line in re.split("[\n;]", text) if line.strip()]


def check(argument: Argument, text: str) -> Checked:
    """Check a proof of an argument's conclusion from its premises."""
    lines = proof_lines(text)
    proof = _Proof(argument)
    for right, line in enumerate(lines):
        if right == MAX_LINES or len(text) > MAX_LENGTH:
            return Checked(right, f"a proof has at most {MAX_LINES} lines and {MAX_LENGTH} characters", False)
        try:
            proof.add(line)
        except FormulaError as error:
            return Checked(right, f"line {right + 1}, column {error.column}: {error.reason}", False)
        except _NotRightError as error:
            return Checked(right, f"line {right + 1}: {error}", False)
    return Checked(len(lines), "", proof.ends_with(argument.conclusion))


def step_labels(checked: Checked, steps: Sequence[str]) -> list[bool]:
    """For each step of a checked text, whether all lines up to its end are right; a step may hold several, or none."""
    return [end <= checked.right for end in accumulate(len(proof_lines(step)) for step in steps)]


class _NotRightError(ValueError):
    """A line that reads well and does not follow."""


@dataclass(frozen=True, slots=True)
class _Entry:
    formula: Formula
    names: frozenset[str]
    """Its constants."""
    path: tuple[int, ...]
    """The boxes around it from the outside, each by the number of its assumption."""


class _Proof:
    def __init__(self, argument: Argument) -> None:
        self._premises = {canonical(premise) for premise in argument.premises}
        self._names = frozenset[str]().union(*map(constants, self._premises))
        self._entries: list[_Entry] = []

    def add(self, text: str) -> None:
        """Add a line.

        Raises:
            FormulaError: if it cannot be read.
            _NotRightError: if it does not follow.
        """
        line = read_line(text)
        if line.number != len(self._entries) + 1:
            raise _NotRightError(f"expected the number {len(self._entries) + 1}, found {line.number}")
        path = self._path(line)
        if line.rule in {"premise", "assume"}:
            if line.cited or line.cited_boxes:
                raise _NotRightError(f"{line.rule} cites nothing")
            if line.rule == "premise" and line.formula not in self._premises:
                raise _NotRightError("this is none of the premises")
        else:
            self._check_rule(line, path)
        self._entries.append(_Entry(line.formula, frozenset(constants(line.formula)), path))

    def ends_with(self, conclusion: Formula) -> bool:
        """Whether the last line is the conclusion outside of all boxes."""
        return bool(self._entries) and not self._entries[-1].path and self._entries[-1].formula == canonical(conclusion)

    def _path(self, line: ProofLine) -> tuple[int, ...]:
        before = self._entries[-1].path if self._entries else ()
        if line.rule == "assume":
            if not 1 <= line.boxes <= len(before) + 1:
                raise _NotRightError(f"an assumption here needs from 1 to {len(before) + 1} bars, found {line.boxes}")
            return (*before[: line.boxes - 1], line.number)
        if line.boxes > len(before):
            raise _NotRightError(f"only an assumption opens a box: expected at most {len(before)} bars")
        return before[: line.boxes]

    def _check_rule(self, line: ProofLine, path: tuple[int, ...]) -> None:
        rule = RULES.get(line.rule)
        if rule is None:
            raise _NotRightError(f"unknown rule {line.rule[:40]!r}; known: premise, assume, {', '.join(RULES)}")
        if (len(line.cited), len(line.cited_boxes)) != (rule.lines, rule.boxes):
            raise _NotRightError(f"{line.rule} cites {rule.lines} lines and {rule.boxes} boxes")
        formulas = [self._cited_line(number, path) for number in line.cited]
        boxes = [self._cited_box(box, path) for box in line.cited_boxes]
        in_force = self._names.union(*(self._entries[number - 1].names for number in path))
        for ordered in permutations(formulas):
            for turned in permutations(boxes):
                if rule.gives(line.formula, Cited(ordered, turned, in_force)):
                    return
        raise _NotRightError(f"this does not follow by {line.rule} from what it cites")

    def _cited_line(self, number: int, path: tuple[int, ...]) -> Formula:
        entry = self._entry(number)
        if entry.path != path[: len(entry.path)]:
            raise _NotRightError(f"line {number} stands in a box that is closed")
        return entry.formula

    def _cited_box(self, cited: BoxCited, path: tuple[int, ...]) -> Box:
        first, last = self._entry(cited.first), self._entry(cited.last)
        named = f"{cited.first}-{cited.last}"
        if first.path[-1:] != (cited.first,) or last.path != first.path:
            raise _NotRightError(f"{named} is no box: the first must be an assumption, the last directly in its box")
        outside = first.path[:-1]
        if path[: len(outside)] != outside or path[: len(first.path)] == first.path:
            raise _NotRightError(f"box {named} is not a finished one directly in a box around this line")
        return Box(first.formula, last.formula)

    def _entry(self, number: int) -> _Entry:
        if not 1 <= number <= len(self._entries):
            raise _NotRightError(f"there is no line {number} before it")
        return self._entries[number - 1]
