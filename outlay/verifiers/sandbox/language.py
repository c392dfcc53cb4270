"""A closed part of Python, for systems whose kernel does not filter system calls.

Without attributes, imports, classes and private names a program cannot reach an object outside its own values.
"""

_AST_ONLY = 0x400
_ALLOWED_NAMES = """
    Add And AnnAssign Assert Assign AugAssign BinOp BitAnd BitOr BitXor BoolOp Break Call Compare Constant Continue Del
    Delete Dict DictComp Div Eq ExceptHandler Expr Expression FloorDiv For FormattedValue FunctionDef GeneratorExp Gt
    GtE If IfExp In Invert Is IsNot JoinedStr LShift Lambda List ListComp Load Lt LtE Mod Module Mult Name NamedExpr Not
    NotEq NotIn Or Pass Pow RShift Raise Return Set SetComp Slice Starred Store Sub Subscript Try Tuple UAdd USub
    UnaryOp While arg arguments comprehension keyword
"""
_ALLOWED = frozenset(_ALLOWED_NAMES.split())


def refusal(source: str, mode: str) -> str:
    """Why a program is outside the closed language, or ``""`` if it is inside.

    Args:
        source: the program.
        mode: ``eval`` for an expression, ``exec`` for statements.

    Raises:
        SyntaxError: if it is not Python at all.
        ValueError: if it holds characters that no program may.
    """
    pending: list[object] = [compile(source, "<program>", mode, _AST_ONLY, dont_inherit=True)]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending.extend(node)
        elif hasattr(node, "_fields"):
            kind = type(node).__name__
            if kind not in _ALLOWED:
                return f"the sandbox of this system does not allow {kind}"
            if kind != "Constant":
                pending.extend(getattr(node, field, None) for field in node._fields)
        elif isinstance(node, str) and node.startswith("_"):
            return f"the sandbox of this system does not allow the name {node}"
    return ""
