r"""What may reach a parser. Model output gets no further than this unless every character and name of it is known.

sympy's parser compiles and evaluates what it is given. math-verify reads LaTeX with a grammar, but what it finds
outside of LaTeX goes to sympy's parser too, so that it is only ever asked for the LaTeX. Two checks stand before
them, and each refuses what it does not know:

``check_latex``, for text with LaTeX commands, which goes to the grammar alone:
  - at most ``LONGEST`` characters and ``DEEPEST`` levels of brackets;
  - only letters, digits, spaces and the signs of ``_LATEX_SIGNS``: no quotes, semicolons, dollar signs or line ends;
  - only the commands of ``COMMANDS``; no double underscore; a point only beside a digit, so no attribute.

``tokens``, for plain formulae, which are evaluated:
  - the same limits; the text is cut into numbers, single letters, known names and ``+ - * / ^ ( ) !``, and what is left
    over refuses the whole;
  - what sympy gets is put together from those tokens again, never the text itself, and finds no builtins.
"""

import itertools
import re

from outlay.verifiers.maths.names import COMMANDS, CONSTANTS, FUNCTIONS, GREEK

LONGEST, DEEPEST, LONGEST_NUMBER = 1000, 40, 400
"""Characters, levels of brackets, digits in a row."""
_LATEX_SIGNS = re.compile(r"[a-zA-Z0-9 +\-*/^_=!|()\[\]{}.,&\\]*")
_COMMAND = re.compile(r"\\([a-zA-Z]+)")
_NAMES = "|".join(sorted(FUNCTIONS | GREEK | CONSTANTS, key=len, reverse=True))
_TOKEN = re.compile(rf" *(?:(\d+(?:\.\d*)?|\.\d+)|({_NAMES})|([a-zA-Z](?:_(?:\w|\{{\w+\}})|\d+)?)|([-+*/^()!]))")


class UnreadableError(Exception):
    """A text that cannot be read as mathematics, or that no parser may see."""


def check_latex(text: str) -> None:
    """Refuse a text that the grammar for LaTeX must not see.

    Raises:
        UnreadableError: saying what is wrong with it.
    """
    _check_size(text)
    if not _LATEX_SIGNS.fullmatch(text) or "__" in text:
        raise UnreadableError("it has signs that no formula has")
    if re.search(r"(?<!\d)\.(?!\d)|\d ?_", text):
        raise UnreadableError("it has a point or an index that belongs to nothing")
    for command in _COMMAND.findall(text):
        if command not in COMMANDS:
            raise UnreadableError(f"\\{command[:20]} is not known")


def tokens(text: str) -> list[tuple[str, str]]:
    """The tokens of a plain formula: (kind, text), of kind ``number``, ``name``, ``letter`` or ``sign``.

    Raises:
        UnreadableError: if anything is left over.
    """
    _check_size(text)
    found: list[tuple[str, str]] = []
    position, text = 0, text.rstrip(" ")
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise UnreadableError(f"{text[position : position + 10]!r} is no part of a formula")
        kind = ("number", "name", "letter", "sign")[(match.lastindex or 1) - 1]
        found.append((kind, match[0].strip()))
        position = match.end()
    return found


def _check_size(text: str) -> None:
    if len(text) > LONGEST:
        raise UnreadableError(f"it is longer than {LONGEST} characters")
    if re.search(rf"\d{{{LONGEST_NUMBER}}}", text):
        raise UnreadableError(f"it has a number of {LONGEST_NUMBER} digits or more")
    depths = [0, *itertools.accumulate((sign in "([{") - (sign in ")]}") for sign in text)]
    if not 0 <= min(depths) <= max(depths) <= DEEPEST or depths[-1] != 0:
        raise UnreadableError("its brackets do not match, or are nested too deep")
