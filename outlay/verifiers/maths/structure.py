"""The outer structure of an answer: lists, sets, tuples, intervals, unions, matrices, names; all else is a leaf."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from outlay.verifiers.maths.names import GREEK
from outlay.verifiers.maths.notation import MINUS_PLUS, PLUS_MINUS, SET_CLOSES, SET_OPENS

_OPENING, _CLOSING = f"([{{{SET_OPENS}", f")]}}{SET_CLOSES}"
_ENDS = {"(": ")", "[": "]", SET_OPENS: SET_CLOSES, "{": "}"}
_LISTED = re.compile(r",|;| and | or ")
_THOUSANDS = re.compile(r"(?!.* (?:and|or) )[-+$€£]?\s*\d{1,3}(?:,\d{3})+(?:\.\d+)?[^,;]*")
_MATRIX = re.compile(r"\\begin\s*\{([pbBv]?matrix|array)\}(?:\{[clr|]*\})?(.*)\\end\s*\{\1\}", re.DOTALL)
_BUILDER = re.compile(r"\s*([a-zA-Z])\s*(?:\\in\s*RR\s*)?[|:](.*)", re.DOTALL)
_OUTWARD = re.compile(r"\].*[\[\]]|\[.*\[", re.DOTALL)
_NAME = rf"\\?(?:[a-zA-Z]|[A-Z]{{2,}}|[a-zA-Z]{{4,}}|{'|'.join(sorted(GREEK))})"
_ARGUMENTS = r"\(\s*[a-zA-Z](?:\s*,\s*[a-zA-Z])*\s*\)"
_NAMED = re.compile(rf"\s*(?:{_NAME}(?:_\{{?\w+\}}?)?\s*'?\s*(?:{_ARGUMENTS})?|{_ARGUMENTS})\s*")
_RELATION = re.compile(r"<=|>=|!=|<|>|=")
_ELEMENT = re.compile(r"\\in(?![a-zA-Z])")
MOST_PARTS = 64
"""More parts than this are not compared."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """What has no outer structure: a number, an expression, a relation, words."""

    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """Parts in brackets; a bare list has none.

    Attributes:
        opens: ``(``, ``[``, the opening brace of a set, or ``""``.
        parts: in the order written.
        closes: the closing bracket.
    """

    opens: str
    parts: tuple["Value", ...]
    closes: str

    @property
    def ordered(self) -> bool:
        """Whether the parts' order counts."""
        return self.opens in {"(", "["}

    @property
    def maybe_interval(self) -> bool:
        """Whether it reads as an interval too."""
        return self.ordered and len(self.parts) == 2


@dataclass(frozen=True, slots=True)
class Union:
    """Sets joined together."""

    parts: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class Meeting:
    """Conditions that hold together, or sets of which the common part is meant."""

    parts: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class Without:
    """A set from which others are taken away, the first of ``parts``."""

    parts: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of cells."""

    rows: tuple[tuple["Value", ...], ...]


@dataclass(frozen=True, slots=True)
class Named:
    """``name = value``; ``text`` is the whole equation."""

    name: str
    value: "Value"
    text: str


_JOINS: tuple[tuple[re.Pattern[str], type[Without | Union | Meeting]], ...] = (
    (re.compile(r"\\(?:setminus|backslash)(?![a-zA-Z])"), Without),
    (re.compile(r"\\cup|(?<=[)\]]) ?U ?(?=[(\[])"), Union),
    (re.compile(r"\\cap"), Meeting),
)
Value = Leaf | Group | Union | Meeting | Without | Matrix | Named


def read(text: str) -> Value:
    """The outer structure of a text in the notation of ``clean``."""
    text = text.strip()
    if match := _MATRIX.fullmatch(text):
        return Leaf(text) if match[1] == "vmatrix" else _matrix(match[2])
    if _THOUSANDS.fullmatch(text):
        return Leaf(text)
    parts, signs = split_top(text, _LISTED)
    if signs:
        return _listed([part for part in parts if part.strip()], {sign.strip() for sign in signs})
    if _OUTWARD.fullmatch(text) and len(split_top(text[1:-1], _LISTED)[0]) == 2:
        return read(("(" if text[0] == "]" else "[") + text[1:-1] + (")" if text[-1] == "[" else "]"))
    for join, kind in _JOINS:
        parts, signs = split_top(text, join)
        if signs:
            return kind(tuple(map(read, parts)))
    parts, signs = split_top(text, _ELEMENT)
    if len(signs) == 1 and _NAMED.fullmatch(parts[0]):
        return read(parts[1])
    if text.startswith((SET_OPENS, "{")) and (found := _bracketed(text)):
        return found
    return _related(text) or _signed(text) or _bracketed(text) or Leaf(text)


def split_top(text: str, separator: re.Pattern[str]) -> tuple[list[str], list[str]]:
    """The parts of a text and the separators between them, brackets and environments left whole."""
    parts, signs, start, position, depth = [], [], 0, 0, 0
    while position < len(text):
        if text[position] in _OPENING or text.startswith("\\begin", position):
            depth += 1
        elif text[position] in _CLOSING or text.startswith("\\end", position):
            depth -= 1
        elif depth == 0 and (match := separator.match(text, position)):
            parts.append(text[start:position])
            signs.append(match[0])
            start = position = match.end()
            continue
        position += 1
    return [*parts, text[start:]], signs


def relation_parts(text: str) -> tuple[list[str], list[str]]:
    """The sides of a relation or a chain of them, and the signs between."""
    return split_top(text, _RELATION)


def _listed(parts: list[str], signs: set[str]) -> Value:
    values = tuple(map(read, parts))
    if len(values) == 1:
        return values[0]
    if all(isinstance(value, Leaf) and is_inequality(value.text) for value in values):
        return Union(values) if "or" in signs else Meeting(values)
    names = [value.name for value in values if isinstance(value, Named)]
    alternatives = len(set(names)) < len(names) if names else bool(signs & {"and", "or"})
    return Group(SET_OPENS, _flat(values), SET_CLOSES) if alternatives else Group("", _flat(values), "")


def _flat(values: Sequence[Value]) -> tuple[Value, ...]:
    """Parts in which bare lists, as of plus or minus, are taken apart."""
    flat: list[Value] = []
    for value in values:
        flat.extend(value.parts if isinstance(value, Group) and not value.opens else [value])
    return tuple(flat)


def is_inequality(text: str) -> bool:
    """Whether a text is a relation other than an equation."""
    signs = relation_parts(text)[1]
    return bool(signs) and signs != ["="] * len(signs)


def _related(text: str) -> Value | None:
    sides, signs = relation_parts(text)
    if not signs:
        return None
    if set(signs) != {"="} or not _NAMED.fullmatch(sides[0]):
        return Leaf(text)
    name, value = "".join(sides[0].split()).replace("\\", ""), read(sides[-1])
    names = name.strip("()").split(",")
    if len(names) > 1 and name.startswith("(") and isinstance(value, Group) and len(value.parts) == len(names):
        return Group("", tuple(Named(one, part, "") for one, part in zip(names, value.parts, strict=True)), "")
    if isinstance(value, Group) and not value.opens:
        return value
    return Named(name, value, text)


def _signed(text: str) -> Value | None:
    if PLUS_MINUS not in text:
        return None
    plus = text.replace(PLUS_MINUS, "+").replace(MINUS_PLUS, "-")
    minus = text.replace(PLUS_MINUS, "-").replace(MINUS_PLUS, "+")
    return Group("", _flat((read(plus.strip().removeprefix("+")), read(minus))), "")


def _bracketed(text: str) -> Value | None:
    if len(text) < 2 or text[0] not in _ENDS or text[-1] not in _CLOSING or not _one_pair(text):
        return None
    opens, inner, closes = text[0], text[1:-1], text[-1]
    if opens == SET_OPENS and (match := _BUILDER.fullmatch(inner)):
        return read(match[2])
    parts, signs = split_top(inner, re.compile(r"[,;]"))
    if not inner.strip():
        return Leaf("emptyset") if opens in {SET_OPENS, "{"} else None
    if not signs and opens != SET_OPENS:
        return read(inner) if _ENDS[opens] == closes else None
    if opens == "[" and all(_ENDS.get(part.strip()[:1]) == part.strip()[-1:] == "]" for part in parts):
        return Matrix(tuple(tuple(map(read, split_top(part.strip()[1:-1], re.compile(","))[0])) for part in parts))
    opens, closes = (SET_OPENS, SET_CLOSES) if opens == "{" else (opens, closes)
    values = tuple(map(read, parts))
    return Group(opens, _flat(values) if opens == SET_OPENS else values, closes)


def _one_pair(text: str) -> bool:
    """Whether the first bracket of a text is closed by its last one."""
    depth = 0
    for position, sign in enumerate(text):
        depth += (sign in _OPENING) - (sign in _CLOSING)
        if depth == 0:
            return position == len(text) - 1
    return False


def _matrix(body: str) -> Matrix:
    rows = [row for row in re.split(r"\\\\(?:\[[^\]]*\])?", body) if row.strip()]
    return Matrix(tuple(tuple(map(read, split_top(row, re.compile("&"))[0])) for row in rows))
