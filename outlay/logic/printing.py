"""Formulas to text that the parser reads back as the same formula."""

from outlay.logic.formula import Atom, Binary, Equal, Falsum, Formula, Not, Quantified, Term


def text_of(formula: Formula) -> str:
    """A formula in letters that every keyboard has, as in ``all x. (cat(x) -> -big(x))``."""
    return _inner(formula) if isinstance(formula, Binary) else _closed(formula)


def _closed(formula: Formula) -> str:
    """The text of a formula that stands within another one."""
    match formula:
        case Falsum():
            return "false"
        case Atom(predicate, arguments):
            return predicate + (f"({', '.join(map(_name, arguments))})" if arguments else "")
        case Equal(left, right):
            return f"{_name(left)} = {_name(right)}"
        case Not(Equal(left, right)):
            return f"{_name(left)} != {_name(right)}"
        case Not(inner):
            return f"-{_operand(inner)}"
        case Quantified(quantifier, variable, body):
            return f"{quantifier} {variable}. {_closed(body)}"
        case Binary():
            return f"({_inner(formula)})"


def _inner(formula: Binary) -> str:
    return f"{_operand(formula.left)} {formula.connective} {_operand(formula.right)}"


def _operand(formula: Formula) -> str:
    """A quantifier would take all that follows it."""
    return f"({_closed(formula)})" if isinstance(formula, Quantified) else _closed(formula)


def _name(term: Term) -> str:
    return term.name
