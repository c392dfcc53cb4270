"""Arguments in SMT-LIB 2, the provers' common language: one sort of objects, names by number.

Source: Barrett, Fontaine and Tinelli, The SMT-LIB Standard, version 2.6.
"""

from dataclasses import dataclass

from outlay.logic.argument import Argument
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
    Term,
    canonical,
    constants,
    nodes,
)

SORT = "object"
_CONNECTIVES = {Connective.AND: "and", Connective.OR: "or", Connective.IMPLIES: "=>", Connective.IFF: "="}
_QUANTIFIERS = {"all": "forall", "exists": "exists"}


@dataclass(frozen=True, slots=True)
class Script:
    """An argument as a prover reads it.

    Attributes:
        premises: declarations and assertions.
        conclusion: the assertion of the conclusion.
        negation: the assertion of its negation.
        constants: for each name in the script the constant that it stands for.
        predicates: for each name in the script the predicate that it stands for.
    """

    premises: str
    conclusion: str
    negation: str
    constants: dict[str, str]
    predicates: dict[str, str]


def script_of(argument: Argument) -> Script:
    """The script of an argument."""
    formulas = [*argument.premises, argument.conclusion]
    objects = sorted(set[str]().union(*map(constants, formulas)))
    arities = {
        node.predicate: len(node.arguments)
        for formula in formulas
        for node, _ in nodes(formula)
        if isinstance(node, Atom)
    }
    writer = _Writer(
        {name: f"c{number}" for number, name in enumerate(objects)},
        {name: f"p{number}" for number, name in enumerate(sorted(arities))},
    )
    declared = [f"(declare-sort {SORT} 0)", *(f"(declare-fun {name} () {SORT})" for name in writer.constants.values())]
    for predicate, name in writer.predicates.items():
        declared.append(f"(declare-fun {name} ({' '.join([SORT] * arities[predicate])}) Bool)")
    return Script(
        "\n".join([*declared, *(f"(assert {writer.text(premise)})" for premise in argument.premises)]),
        f"(assert {writer.text(argument.conclusion)})",
        f"(assert (not {writer.text(argument.conclusion)}))",
        {name: constant for constant, name in writer.constants.items()},
        {name: predicate for predicate, name in writer.predicates.items()},
    )


@dataclass(frozen=True, slots=True)
class _Writer:
    constants: dict[str, str]
    predicates: dict[str, str]

    def text(self, formula: Formula) -> str:
        return self._text(canonical(formula))

    def _text(self, formula: Formula) -> str:
        match formula:
            case Falsum():
                return "false"
            case Atom(predicate, ()):
                return self.predicates[predicate]
            case Atom(predicate, arguments):
                return f"({self.predicates[predicate]} {' '.join(map(self._term, arguments))})"
            case Equal(left, right):
                return f"(= {self._term(left)} {self._term(right)})"
            case Not(inner):
                return f"(not {self._text(inner)})"
            case Binary(connective, left, right):
                return f"({_CONNECTIVES[connective]} {self._text(left)} {self._text(right)})"
            case Quantified(quantifier, variable, body):
                return f"({_QUANTIFIERS[quantifier]} (({_variable(variable)} {SORT})) {self._text(body)})"

    def _term(self, term: Term) -> str:
        return self.constants[term.name] if isinstance(term, Constant) else _variable(term.name)


def _variable(canonical_name: str) -> str:
    return canonical_name.replace("#", "x")
