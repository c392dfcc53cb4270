"""One line of a proof, read from text."""

import re
from dataclasses import dataclass

from outlay.logic.errors import FormulaError
from outlay.logic.formula import Formula, canonical
from outlay.logic.parser import parse
from outlay.logic.tokens import SIGNS

_HEAD = re.compile(r"\s*(\d{1,4})\s*[.:)]\s*((?:[|│]\s*)*)")
_REASON = re.compile(r"([^\d]*)(.*)", re.DOTALL)
_CITED = re.compile(r"\s*(\d{1,4})\s*(?:[-–]\s*(\d{1,4})\s*)?")
_SIGN = re.compile("|".join(map(re.escape, sorted((one for one in SIGNS if not one.isalnum()), key=len, reverse=True))))
_NAMES = {"assumption": "assume", "reiterate": "reit", "r": "reit"}


@dataclass(frozen=True, slots=True)
class BoxCited:
    """A box, by its first line and one directly in it."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class ProofLine:
    """A line as it is written.

    Attributes:
        number: its number.
        boxes: how many boxes it stands in.
        formula: what it says, in canonical form.
        rule: by which rule, in the spelling of the table of rules.
        cited: the lines that the rule is applied to, in order.
        cited_boxes: the boxes that it is applied to, in order.
    """

    number: int
    boxes: int
    formula: Formula
    rule: str
    cited: tuple[int, ...]
    cited_boxes: tuple[BoxCited, ...]


def read_line(text: str) -> ProofLine:
    """A proof line from its text.

    Raises:
        FormulaError: where it does not have the form ``NUMBER. | FORMULA [RULE CITED]``.
    """
    head = _HEAD.match(text)
    if head is None:
        raise FormulaError("expected a line number and a dot, as in  3. q [->E 1, 2]")
    body, bracket, reason = text[head.end() :].rstrip().rpartition("[")
    if not bracket or not reason.endswith("]"):
        raise FormulaError("expected a rule in brackets at the end, as in  [->E 1, 2]", 1, len(text) + 1)
    formula = canonical(parse(body, 1, head.end() + 1))
    named = _REASON.fullmatch(reason[:-1])
    assert named is not None  # noqa: S101 (it matches any text)
    lines, boxes = _read_cited(named[2], head.end() + len(body) + 2 + len(named[1]))
    return ProofLine(int(head[1]), len(re.findall("[|│]", head[2])), formula, _rule(named[1]), lines, boxes)


def _rule(text: str) -> str:
    plain = _SIGN.sub(_in_plain_letters, "".join(text.split()))
    return _NAMES.get(plain.casefold(), plain)


def _in_plain_letters(match: re.Match[str]) -> str:
    sign = SIGNS[match[0]]
    return "-" if sign == "not" else sign


def _read_cited(text: str, column: int) -> tuple[tuple[int, ...], tuple[BoxCited, ...]]:
    lines: list[int] = []
    boxes: list[BoxCited] = []
    for part in text.split(",") if text.strip() else []:
        match = _CITED.fullmatch(part)
        if match is None:
            raise FormulaError(f"expected line numbers such as 2 or 3-5, found {part.strip()[:40]!r}", 1, column)
        if match[2]:
            boxes.append(BoxCited(int(match[1]), int(match[2])))
        else:
            lines.append(int(match[1]))
    return tuple(lines), tuple(boxes)
