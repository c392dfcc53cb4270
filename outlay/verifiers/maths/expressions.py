"""From the text of one expression to a sympy object: LaTeX by math-verify's grammar, plain formulae by sympy's parser.

Whatever the path, ``guard`` has passed it first. This module runs in the worker only.
"""

import re
from dataclasses import replace
from functools import cache
from typing import Any

import sympy
from math_verify import LatexExtractionConfig, parse
from sympy.parsing.sympy_parser import auto_number, factorial_notation, parse_expr, rationalize

from outlay.verifiers.maths.guard import UnreadableError, check_latex, tokens
from outlay.verifiers.maths.names import FUNCTIONS, GREEK

# Units and boxes are dealt with elsewhere: stripped here, the t of 3x + 2t would be a tonne.
_CONFIG = LatexExtractionConfig(
    normalization_config=replace(LatexExtractionConfig().normalization_config, units=False, nits=False, boxed="none")
)
_SYMPY_NAMES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "abs": "Abs", "ceil": "ceiling", "ln": "log"}
_BARE_NAME = re.compile(
    rf"(?<![\\a-zA-Z])({'|'.join(sorted(FUNCTIONS | GREEK | {'pi'}, key=len, reverse=True))})(?![a-zA-Z])"
)
_LOG = re.compile(r"\\log(?! *_)(?![a-z])")
_INDEXED = re.compile(r"(?<![\\a-zA-Z])([a-zA-Z])(\d+)")
_INDEX = re.compile(r"[_^] ?-?\d+ ")
_MIXED = re.compile(r"\d [\d.]")


def read_expression(text: str, log_base: str = "e") -> Any:
    """The sympy object that a text stands for; all its symbols are real and in lower case, all its numbers exact.

    Args:
        text: in the notation of ``clean``.
        log_base: what ``log`` without a base means, ``"e"`` or ``"10"``.

    Raises:
        UnreadableError: if it is no expression, or if no parser may see it.
    """
    if _MIXED.search(_INDEX.sub("", text)):
        raise UnreadableError("it has two numbers with a space between them")
    readers = (_read_latex, _read_plain) if "\\" in text or "{" in text else (_read_plain, _read_latex)
    try:
        return _canonical(readers[0](text, log_base))
    except UnreadableError as first:
        try:
            return _canonical(readers[1](text, log_base))
        except UnreadableError:
            raise first from None


def _read_latex(text: str, log_base: str) -> Any:
    text = _BARE_NAME.sub(r"\\\1 ", text).replace(" oo ", "\\infty ")
    text = _INDEXED.sub(r"\1_{\2}", re.sub(r"\^ ?(-?\d+)", r"^{\1}", text))
    text = _LOG.sub(r"\\ln" if log_base == "e" else r"\\log_{10}", text)
    check_latex(text)
    try:
        found = parse(
            f"${text}$", [_CONFIG], fallback_mode="no_fallback", extraction_mode="first_match", parsing_timeout=None
        )
    except Exception as error:
        raise UnreadableError("it cannot be read as LaTeX") from error
    if len(found) != 1:
        raise UnreadableError("it cannot be read as LaTeX")
    return found[0]


def _read_plain(text: str, log_base: str) -> Any:
    parts: list[str] = []
    names: dict[str, Any] = {}
    ends_factor = False
    found = tokens(text)
    for position, (kind, word) in enumerate(found):
        follows = found[position + 1][1] if position + 1 < len(found) else ""
        if word in FUNCTIONS and follows != "(":
            raise UnreadableError(f"{word} has no argument in parentheses")
        if kind == "letter" and word in {"f", "g", "h"} and follows == "(":
            raise UnreadableError("it has a function without a definition")
        if ends_factor and (kind != "sign" or word == "("):
            parts.append("*")
        ends_factor = word in {")", "!"} if kind == "sign" else word not in FUNCTIONS
        if kind in {"name", "letter"}:
            parts.append(f"v{len(names)}")
            names[parts[-1]] = _meaning(kind, word, log_base)
        else:
            parts.append("**" if word == "^" else word)
    try:
        return parse_expr(
            " ".join(parts), local_dict=names, global_dict=_numbers(),
            transformations=(factorial_notation, auto_number, rationalize),
        )  # fmt: skip
    except (RecursionError, MemoryError):
        raise
    except Exception as error:
        raise UnreadableError("it cannot be read as a formula") from error


@cache
def _numbers() -> dict[str, Any]:
    """All that evaluated text may call besides its own names: how sympy writes numbers and factorials."""
    return {
        "__builtins__": {}, "Integer": sympy.Integer, "Rational": sympy.Rational, "Float": sympy.Float,
        "factorial": sympy.factorial,
    }  # fmt: skip


def _meaning(kind: str, word: str, log_base: str) -> Any:
    if word in {"pi", "oo"}:
        return getattr(sympy, word)
    if word == "log" and log_base != "e":
        return lambda x: sympy.log(x, int(log_base))
    if word in FUNCTIONS:
        return getattr(sympy, _SYMPY_NAMES.get(word, word))
    constants = {"e": sympy.E, "i": sympy.I} if kind == "letter" else {}
    return constants.get(word) or sympy.Symbol(_INDEXED.sub(r"\1_\2", word))


def _canonical(found: Any) -> Any:
    """An object with exact numbers, one kind of symbol, and the letters e and i as the constants they mostly are."""
    if not isinstance(found, sympy.Expr | sympy.MatrixBase):
        raise UnreadableError("it is no expression")
    found = found.replace(lambda part: isinstance(part, sympy.UnevaluatedExpr), lambda part: part.args[0])
    exact = {number: sympy.Rational(str(number)) for number in found.atoms(sympy.Float)}
    symbols = {symbol: _symbol(symbol.name) for symbol in found.free_symbols if isinstance(symbol, sympy.Symbol)}
    try:
        found = found.xreplace({**exact, **symbols}).doit()
    except (ArithmeticError, AttributeError, NotImplementedError, TypeError, ValueError) as error:
        raise UnreadableError("it cannot be worked out") from error
    if found.has(sympy.nan, sympy.zoo):
        raise UnreadableError("it is undefined")
    return found


def _symbol(name: str) -> Any:
    name = name.lower().replace("{", "").replace("}", "")
    return {"e": sympy.E, "i": sympy.I}.get(name, sympy.Symbol(name, real=True))
