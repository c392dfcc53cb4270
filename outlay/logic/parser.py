"""Text to formulas, by recursive descent.

    all x. (cat(x) & -big(x) -> exists y. chases(y, x))
    ∀x (cat(x) ∧ ¬big(x) → ∃y chases(y, x))

``-`` binds most tightly, then ``&``, ``|``, ``->`` (to the right) and last ``<->`` and ``xor``. A quantifier with a dot
takes all that follows, as far as its parentheses go; without one it takes the next formula only, like ``-``.
"""

from outlay.logic.errors import FormulaError
from outlay.logic.formula import (
    Atom,
    Binary,
    Connective,
    Constant,
    Equal,
    Falsum,
    Formula,
    Not,
    Quantified,
    Quantifier,
    Term,
    Variable,
    nodes,
)
from outlay.logic.tokens import END, NAME, Token, tokens

MAX_LENGTH = 10_000
"""Characters of a formula."""
MAX_DEPTH = 64
"""Formulas within formulas."""
_MAX_NESTING = 3 * MAX_DEPTH
"""Calls within calls: whatever is within the depth and no more parentheses than needed stays below it."""
_BINDING = {"<->": 1, "xor": 1, "->": 2, "|": 3, "&": 4}


def parse(text: str, line: int = 1, column: int = 1) -> Formula:
    """The formula that a text is.

    Args:
        text: a formula.
        line: where it begins, for messages.
        column: where it begins, for messages.

    Raises:
        FormulaError: where it is not a formula, saying what was expected there; or if it is too long or too deep.
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"the formula is longer than {MAX_LENGTH} characters", line, column)
    return _Parser(list(tokens(text, line, column))).whole()


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0
        self._depth = 0
        self._scope: list[str] = []
        self._bound: set[str] = set()
        self._free: dict[str, Token] = {}

    def whole(self) -> Formula:
        start = self._next
        formula = self._formula(1)
        if self._next.sign != END:
            raise _expected("'&', '|', '->', '<->' or the end", self._next)
        for name, token in self._free.items():
            if name in self._bound:
                raise _wrong(
                    f"{name!r} stands outside its quantifier here; put all that it covers in parentheses", token
                )
        if any(depth > MAX_DEPTH for _, depth in nodes(formula)):
            raise _too_deep(start)
        return formula

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self, sign: str, expected: str) -> Token:
        token = self._next
        if token.sign != sign:
            raise _expected(expected, token)
        self._at += 1
        return token

    def _accept(self, sign: str) -> bool:
        accepted = self._next.sign == sign
        self._at += accepted
        return accepted

    def _formula(self, loosest: int) -> Formula:
        """A formula up to the next sign that binds more loosely."""
        self._enter()
        left = self._unit()
        while (binding := _BINDING.get(sign := self._next.sign, 0)) >= loosest:
            self._at += 1
            right = self._formula(binding if sign == "->" else binding + 1)
            left = _joined(sign, left, right)
        self._depth -= 1
        return left

    def _unit(self) -> Formula:
        """A formula without a connective outside of parentheses, or a quantifier with all that it takes."""
        negations = 0
        while self._accept("not"):
            negations += 1
        formula = self._positive()
        for _ in range(negations):
            formula = Not(formula)
        return formula

    def _positive(self) -> Formula:
        token = self._next
        if token.sign == NAME:
            return self._atom()
        self._at += 1
        match token.sign:
            case "false":
                return Falsum()
            case "(":
                inner = self._formula(1)
                self._take(")", "')' or a connective")
                return inner
            case "all" | "exists":
                return self._quantified(Quantifier(token.sign))
        raise _expected("a formula", token)

    def _quantified(self, quantifier: Quantifier) -> Formula:
        self._enter()
        names = [self._take(NAME, "a variable")]
        ahead = self._at
        while self._tokens[ahead].sign == NAME:
            ahead += 1
        dot = self._tokens[ahead].sign == "."
        if dot:
            names += self._tokens[self._at : ahead]
            self._at = ahead + 1
        outside = len(self._scope)
        for name in names:
            if name.text in self._scope:
                raise _expected(f"a new variable, as {name.text!r} is in use", name)
            if len(self._scope) == MAX_DEPTH:
                raise _too_deep(name)
            self._scope.append(name.text)
        formula = self._formula(1) if dot else self._unit()
        self._bound.update(self._scope[outside:])
        del self._scope[outside:]
        self._depth -= 1
        for name in reversed(names):
            formula = Quantified(quantifier, name.text, formula)
        return formula

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > _MAX_NESTING:
            raise _too_deep(self._next)

    def _atom(self) -> Formula:
        name = self._take(NAME, "a name")
        if self._next.sign in {"=", "!="}:
            sign = self._next.sign
            self._at += 1
            equal = Equal(self._term(name), self._term(self._take(NAME, "a constant or variable")))
            return equal if sign == "=" else Not(equal)
        if name.text in self._scope:
            raise _expected("a predicate or proposition", name)
        return Atom(name.text, self._arguments())

    def _arguments(self) -> tuple[Term, ...]:
        if not self._accept("("):
            return ()
        found = [self._term(self._take(NAME, "a constant or variable"))]
        while self._accept(","):
            found.append(self._term(self._take(NAME, "a constant or variable")))
        if self._next.sign == "(":
            raise _wrong("a name with arguments is a predicate and cannot stand within another one", self._next)
        self._take(")", "',' or ')'")
        return tuple(found)

    def _term(self, token: Token) -> Term:
        if token.text in self._scope:
            return Variable(token.text)
        self._free.setdefault(token.text, token)
        return Constant(token.text)


def _joined(sign: str, left: Formula, right: Formula) -> Formula:
    if sign == "xor":
        return Not(Binary(Connective.IFF, left, right))
    return Binary(Connective(sign), left, right)


def _wrong(reason: str, token: Token) -> FormulaError:
    return FormulaError(reason, token.line, token.column)


def _expected(what: str, token: Token) -> FormulaError:
    found = "the end" if token.sign == END else repr(token.text[:40])
    return _wrong(f"expected {what}, found {found}", token)


def _too_deep(token: Token) -> FormulaError:
    return _wrong(f"the formula is more than {MAX_DEPTH} levels deep", token)
