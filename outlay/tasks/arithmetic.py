"""Small integer expressions, parsed and evaluated without ever running model output as code."""

import ast
from collections.abc import Mapping
from fractions import Fraction

MAX_LENGTH = 200
MAX_MAGNITUDE = 10**12


class NotArithmeticError(ValueError):
    """The text is not a small arithmetic expression, or it has no value."""


def parse(text: str) -> ast.expr:
    """The syntax tree of an expression of integers, names, ``+ - * / % //`` and parentheses.

    Raises:
        NotArithmeticError: if the text is anything else or longer than 200 characters.
    """
    if len(text) > MAX_LENGTH:
        raise NotArithmeticError(f"expression longer than {MAX_LENGTH} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise NotArithmeticError(f"{text!r} is not an expression") from error
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED) or (isinstance(node, ast.Constant) and type(node.value) is not int):
            raise NotArithmeticError(f"{text!r} has a {type(node).__name__}, which arithmetic does not allow")
    return tree


def evaluate(tree: ast.expr, names: Mapping[str, int] | None = None) -> Fraction:
    """The exact value of a parsed expression.

    Raises:
        NotArithmeticError: on division by zero, an unknown name or a value beyond 10^12.
    """
    value = _value(tree, names or {})
    if abs(value) > MAX_MAGNITUDE:
        raise NotArithmeticError("value too large")
    return value


def numbers(tree: ast.expr) -> list[int]:
    """All integer literals of an expression, sorted."""
    return sorted(node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))  # type: ignore[misc]


def canonical(tree: ast.expr) -> str:
    """A text that is the same for expressions equal up to the order of sums and products."""
    if isinstance(tree, ast.BinOp):
        for kind, sign in ((ast.Add, "+"), (ast.Mult, "*")):
            if isinstance(tree.op, kind):
                return "(" + sign.join(sorted(canonical(part) for part in _flatten(tree, kind))) + ")"
        return f"({canonical(tree.left)}{_SIGNS[type(tree.op)]}{canonical(tree.right)})"
    return ast.unparse(tree)


_SIGNS: dict[type[ast.operator], str] = {ast.Sub: "-", ast.Div: "/", ast.Mod: "%", ast.FloorDiv: "//"}
_ALLOWED = (
    ast.BinOp, ast.UnaryOp, ast.USub, ast.Constant, ast.Name, ast.Load,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Mod, ast.FloorDiv,
)  # fmt: skip


def _flatten(tree: ast.expr, kind: type[ast.operator]) -> list[ast.expr]:
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, kind):
        return _flatten(tree.left, kind) + _flatten(tree.right, kind)
    return [tree]


def _value(tree: ast.expr, names: Mapping[str, int]) -> Fraction:
    match tree:
        case ast.Constant(value=int(value)):
            return Fraction(value)
        case ast.Name(id=name) if name in names:
            return Fraction(names[name])
        case ast.UnaryOp(operand=operand):
            return -_value(operand, names)
        case ast.BinOp(left=left, op=op, right=right):
            return _apply(op, _value(left, names), _value(right, names))
    raise NotArithmeticError(f"unknown name in {ast.unparse(tree)!r}")


def _apply(op: ast.operator, left: Fraction, right: Fraction) -> Fraction:
    try:
        match op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
            case ast.Mod():
                return left % right
            case ast.FloorDiv():
                return Fraction(left // right)
            case _:
                return left / right
    except ZeroDivisionError as error:
        raise NotArithmeticError("division by zero") from error
