"""Formal text as tokens: every spelling of a sign becomes one sign."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

SPELLINGS = {
    "all": ("all", "forall", "∀"),
    "exists": ("exists", "∃"),
    "not": ("-", "~", "!", "¬", "not"),
    "&": ("&", "&&", "∧", "/\\", "and"),
    "|": ("|", "||", "∨", "\\/", "or"),
    "->": ("->", "=>", "→", "⇒", "implies"),
    "<->": ("<->", "<=>", "↔", "⇔", "iff"),
    "xor": ("xor", "⊕"),
    "=": ("=",),
    "!=": ("!=", "≠"),
    "false": ("false", "⊥"),
    "(": ("(",),
    ")": (")",),
    ",": (",",),
    ".": (".",),
}
"""How each sign may be written."""
SIGNS = {spelling: sign for sign, spellings in SPELLINGS.items() for spelling in spellings}
NAME, OTHER, END = "name", "other", "end"
_TOKEN = re.compile(
    "|".join([r"(?P<space>\s+)", r"\w+", *map(re.escape, sorted(SIGNS, key=len, reverse=True)), r"(?P<other>.)"])
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its sign, or ``name``, ``other`` for what belongs to no formula, or ``end``; and where it stands."""

    sign: str
    text: str
    line: int
    column: int


def tokens(text: str, line: int = 1, column: int = 1) -> Iterator[Token]:
    """The tokens of a text, with one of sign ``end`` behind them.

    Args:
        text: what to read.
        line: where the text begins.
        column: where the text begins.
    """
    for match in _TOKEN.finditer(text):
        found = match[0]
        if not match["space"]:
            yield Token(OTHER if match["other"] else SIGNS.get(found, NAME), found, line, column)
        ends = found.count("\n")
        line, column = line + ends, (len(found) - found.rfind("\n") if ends else column + len(found))
    yield Token(END, "", line, column)
