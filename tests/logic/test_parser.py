"""Formulas are read as they are printed, in every spelling, and what is none is refused where it goes wrong."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.core.errors import InvalidInputError
from outlay.logic.argument import MAX_PREMISES, parse_argument, read_sequent
from outlay.logic.errors import FormulaError
from outlay.logic.formula import Formula, Not, Quantified, Quantifier, canonical, nodes
from outlay.logic.parser import MAX_DEPTH, MAX_LENGTH, parse
from outlay.logic.printing import text_of
from outlay.logic.structure import Structure, holds
from outlay.logic.tokens import SPELLINGS
from tests.logic.formulas import first_order, propositional, structures


@given(st.one_of(propositional(most=20), first_order(depth=5)))
def test_what_is_printed_is_read_as_the_same_formula(formula: Formula) -> None:
    assert parse(text_of(formula)) == formula
    assert text_of(parse(text_of(formula))) == text_of(formula)


@given(first_order(), st.data())
def test_every_spelling_reads_the_same(formula: Formula, data: st.DataObject) -> None:
    plain = {"all", "exists", "false", "&", "|", "->", "<->", "=", "!=", "(", ")", ",", "."}
    words = text_of(formula).replace("(", " ( ").replace(")", " ) ").replace(",", " , ").replace(".", " . ")
    words = words.replace("-", " not ").replace(" not >", "->").replace("< not >", "<->").replace("<->", " <-> ")
    spelt = [
        data.draw(st.sampled_from(SPELLINGS[word])) if word in plain | {"not"} else word for word in words.split()
    ]  # fmt: skip
    assert parse(" ".join(spelt)) == formula


@given(first_order(), structures())
def test_names_of_variables_mean_nothing(formula: Formula, structure: Structure) -> None:
    renamed = parse(re.sub(r"\b([xyz])\b", r"\1\1", text_of(formula)))
    assert canonical(renamed) == canonical(formula)
    assert holds(canonical(formula), structure) == holds(formula, structure)


def test_parts_of_a_canonical_formula_are_canonical() -> None:
    formula = canonical(parse("all x. exists y. (R(x, y) & (all z. R(y, z)) & (exists z. P(z)))"))
    assert all(canonical(part) == part for part, _ in nodes(formula))
    inner = parse("all a. exists b. R(a, b)")
    assert canonical(Not(canonical(inner))) == Not(canonical(inner)) == canonical(Not(inner))


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("-p & q | r -> s <-> t", "((((-p) & q) | r) -> s) <-> t"),
        ("p -> q -> r", "p -> (q -> r)"),
        ("p & q & r", "(p & q) & r"),
        ("p <-> q <-> r", "(p <-> q) <-> r"),
        ("p xor q", "-(p <-> q)"),
        ("all x. P(x) -> Q(x)", "all x. (P(x) -> Q(x))"),
        ("(all x P(x)) -> q", "all x P(x) -> q"),
        ("q & all x. P(x) -> Q(x)", "q & (all x. (P(x) -> Q(x)))"),
        ("all x y z. R(x, y)", "∀x∀y∀z R(x,y)"),
        ("all x.(P(x) -> exists y.R(x,y))", "∀x (P(x) → ∃y R(x, y))"),
        ("a != b", "-(a = b)"),
        ("not a = b", "-(a = b)"),
        ("forall x. P(x) and not Q(x)", "all x. (P(x) & -Q(x))"),
        ("P(x)\n  &\n  q", "P(x) & q"),
    ],
)
def test_signs_bind_as_they_should(text: str, same: str) -> None:
    assert parse(text) == parse(same)


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("", 1, 1, "expected a formula, found the end"),
        ("p &", 1, 4, "expected a formula, found the end"),
        ("p q", 1, 3, "found 'q'"),
        ("(p", 1, 3, "expected ')' or a connective"),
        ("p)", 1, 2, "or the end, found ')'"),
        ("P(a", 1, 4, "expected ',' or ')'"),
        ("P()", 1, 3, "expected a constant or variable, found ')'"),
        ("P(f(a))", 1, 4, "cannot stand within another one"),
        ("a =", 1, 4, "expected a constant or variable"),
        ("all . p", 1, 5, "expected a variable"),
        ("all x. x", 1, 8, "expected a predicate or proposition, found 'x'"),
        ("all x. all x. P(x)", 1, 12, "a new variable, as 'x' is in use"),
        ("all x x. P(x)", 1, 7, "a new variable"),
        ("(all x. P(x)) & Q(x)", 1, 19, "'x' stands outside its quantifier"),
        ("p\n& ?", 2, 3, "expected a formula, found '?'"),
        ("p q ?", 1, 3, "found 'q'"),
        ("p &\n\n   )", 3, 4, "expected a formula, found ')'"),
    ],
)
def test_what_is_no_formula_is_refused_where_it_goes_wrong(text: str, line: int, column: int, reason: str) -> None:
    with pytest.raises(FormulaError) as refused:
        parse(text)
    assert (refused.value.line, refused.value.column) == (line, column)
    assert reason in str(refused.value)
    assert isinstance(refused.value, InvalidInputError)


@pytest.mark.parametrize(
    "text",
    [
        "-" * 5000 + "p",
        "(" * 5000 + "p" + ")" * 5000,
        "(" * 9999,
        "p -> " * 1900 + "p",
        "p & " * 2400 + "p",
        "p <-> " * 1600 + "p",
        "".join(f"all x{i} " for i in range(900)) + "p",
        "all " + " ".join(f"x{i}" for i in range(1500)) + ". p",
        "".join(f"all x{i}. (" for i in range(900)) + "p",
        "-(" * 3000 + "p" + ")" * 3000,
        "p" * (MAX_LENGTH + 1),
        " " * (MAX_LENGTH + 1),
    ],
)
def test_what_is_too_deep_or_too_long_is_refused(text: str) -> None:
    with pytest.raises(FormulaError, match=r"levels deep|longer than"):
        parse(text)


def test_the_deepest_formulas_are_read_and_printed() -> None:
    variables = [f"x{i}" for i in range(MAX_DEPTH - 2)]
    chain: Formula = parse("p & q")
    for variable in variables:
        chain = Quantified(Quantifier.ALL, variable, chain)
    for formula in (
        parse("-" * (MAX_DEPTH - 1) + "p"),
        parse("p & " * (MAX_DEPTH - 1) + "p"),
        parse("p -> " * (MAX_DEPTH - 1) + "p"),
        chain,
    ):
        assert parse(text_of(formula)) == formula
    mixed = "p"
    for i in range(MAX_DEPTH // 2 - 1):
        mixed = f"(p & (all x{i}. {mixed}))"
    assert text_of(parse(mixed[1:-1])) == mixed[1:-1]


@given(st.one_of(st.text(max_size=80), st.text("allexistsPQR(x,y)&|-<>=. ∀∃¬\n", max_size=80)))
def test_no_text_breaks_the_parser(text: str) -> None:
    refused: list[FormulaError] = []
    try:
        formula = parse(text)
    except FormulaError as error:
        refused.append(error)
    else:
        assert parse(text_of(formula)) == formula
    for one in refused:
        assert 1 <= one.line <= text.count("\n") + 1
        assert 1 <= one.column <= len(text) + 1


def test_an_argument_is_read_from_lines() -> None:
    for mark in ("conclusion:", "⊢", "|-", "Conclusion:"):
        found = parse_argument(f"# what is given\nall x. (P(x) -> Q(x))\n\n  P(a)\r\n{mark} Q(a)\n")
        assert [*map(text_of, found.premises), text_of(found.conclusion)] == ["all x. (P(x) -> Q(x))", "P(a)", "Q(a)"]
        assert parse_argument(str(found)) == found
        assert read_sequent(found.sequent) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("p\nq &\n|- p", "line 2, column 4: expected a formula"),
        ("p\n  conclusion: q &", "line 2, column 18: expected a formula"),
        ("p\nq", "line 2, column 1: expected a last line"),
        ("", "expected a last line"),
        ("|- p\nq", "line 2, column 1: the conclusion must be the last line"),
        ("P(a)\n|- P(a, b)", "line 2, column 1: 'P' has 2 arguments here and 1 before"),
        ("p\n" * (MAX_PREMISES + 1) + "|- p", "more than 500 premises"),
        ("p" * 60_000, "longer than"),
    ],
)
def test_what_is_no_argument_is_refused_by_line(text: str, said: str) -> None:
    with pytest.raises(FormulaError) as refused:
        parse_argument(text)
    assert said in str(refused.value)
