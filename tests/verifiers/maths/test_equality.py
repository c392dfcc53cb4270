"""What must hold of equality whatever the answers are; in this process, so for texts that cannot run away."""

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.verifiers.maths.equality import equal
from outlay.verifiers.maths.guard import LONGEST, UnreadableError, check_latex, tokens
from outlay.verifiers.maths.structure import MOST_PARTS
from outlay.verifiers.maths.units import split_quantity
from tests.verifiers.maths.corpus import pairs

TEXTS = sorted({text for pair in pairs() for text in (pair.reference, pair.answer)})
fewer = settings(max_examples=40)
whole = st.integers(-(10**12), 10**12)
fractions = st.fractions(max_denominator=10**6)


def told(reference: str, answer: str) -> bool | None:
    try:
        return equal(reference, answer)
    except UnreadableError:
        return None


@given(st.sampled_from(TEXTS))
def test_every_text_equals_itself_whatever_surrounds_it(text: str) -> None:
    for same in (text, f"  {text} ", f"${text}$", rf"\boxed{{{text}}}"):
        assert equal(text, same), same


def test_every_pair_is_judged_the_same_the_other_way_round() -> None:
    assert [pair for pair in pairs() if told(pair.answer, pair.reference) is not pair.label] == []


@fewer
@given(st.sampled_from(TEXTS), st.sampled_from(TEXTS))
def test_equality_is_symmetric(one: str, other: str) -> None:
    assert told(one, other) is told(other, one)


@given(fractions, whole.filter(bool))
def test_a_number_never_equals_itself_and_more(number: Fraction, more: int) -> None:
    for text, other in (
        (str(number), str(number + more)),
        (rf"\frac{{{number.numerator}}}{{{number.denominator}}}", str(number + more)),
        (f"{number} cm", f"{number + more} cm"),
        (f"x = {number}", str(number + more)),
    ):
        assert told(text, other) is False


@given(whole, st.integers(1, 10**6))
def test_a_number_is_the_same_in_any_writing(above: int, below: int) -> None:
    number = Fraction(above, below)
    for text in (
        f"{above * 3}/{below * 3}",
        rf"\frac{{{above}}}{{{below}}}",
        rf"\dfrac{{{2 * above}}}{{{2 * below}}}",
        f"({above})/({below})",
        f"{number}",
    ):
        assert equal(text, str(number)), text


@fewer
@given(st.lists(whole, min_size=2, max_size=6, unique=True), st.randoms(use_true_random=False))
def test_order_counts_in_tuples_and_not_in_sets(numbers: list[int], rng: random.Random) -> None:
    shuffled = rng.sample(numbers, len(numbers))
    written, other = ", ".join(map(str, numbers)), ", ".join(map(str, shuffled))
    assert equal(rf"\{{{written}\}}", rf"\{{{other}\}}")
    assert equal(f"({written})", f"({other})") is (numbers == shuffled)
    assert not equal(rf"\{{{written}\}}", rf"\{{{written}, {max(numbers) + 1}\}}")


@fewer
@given(whole, st.integers(1, 10**6))
def test_ends_of_intervals_count(low: int, length: int) -> None:
    brackets = [("[", "]"), ("[", ")"), ("(", "]"), ("(", ")")]
    written = [f"{opens}{low}, {low + length}{closes}" for opens, closes in brackets]
    for position, one in enumerate(written):
        assert [equal(one, other) for other in written] == [position == at for at in range(4)]
        assert not equal(one, one.replace(str(low + length), str(low + length + 1)))


@fewer
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=4), st.integers(1, 9))
def test_a_polynomial_equals_its_horner_form_and_no_other(coefficients: list[int], more: int) -> None:
    powers = " + ".join(f"({number})*x^{power}" for power, number in enumerate(coefficients))
    horner = "0"
    for number in reversed(coefficients):
        horner = f"({horner})*x + ({number})"
    assert equal(powers, horner)
    assert equal(rf"\left({powers}\right)", horner)
    assert not equal(powers, f"{horner} + {more}")


@given(st.text("xyfe_^sinpo0123.+-*/()!{}[]'\"\\:;= \n@é²", max_size=60))
def test_no_text_makes_the_guard_let_a_stranger_in(text: str) -> None:
    try:
        found = tokens(text)
    except UnreadableError:
        return
    assert "".join(word for _, word in found) == "".join(text.split(" "))
    assert all(kind != "letter" or len(word) == 1 or word[1] == "_" or word[1:].isdigit() for kind, word in found)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')", "x.__class__", "lambda: 0", "[1]", "'a'", "x;y", "a=1", "os.system(1)", "{1}", "x\ny", "@",
        "1 if x else 2", "x" * (LONGEST + 1), "(" * 41 + ")" * 41, "(", ")(", "9" * 400, "“x”", "x\0", "١",
    ],
)  # fmt: skip
def test_what_no_plain_formula_has_is_refused(text: str) -> None:
    try:
        found = tokens(text)
    except UnreadableError:
        return
    # Words fall into single letters: what is evaluated are products of symbols.
    assert all(kind in {"letter", "number", "name"} for kind, _ in found)


@pytest.mark.parametrize(
    "text",
    [
        r"\input{/etc/passwd}", r"\write18{ls}", r"\operatorname{os}", r"\text{x}", "__import__", "a.b", "'x'", '"x"',
        "$x$", "x;y", "x\ny", r"\begin{x", "{" * 41 + "}" * 41, "x" * (LONGEST + 1), "7_x", "@", "`", "x<y",
    ],
)  # fmt: skip
def test_what_no_latex_formula_has_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        check_latex(text)


@pytest.mark.parametrize(
    ("text", "number", "known"),
    [
        ("5 cm", "5", True), ("5cm", "5", True), ("5m", "5m", False), ("5 m", "5", True), ("$5", "5", True),
        ("-$5", "-5", True), ("50%", "50", True), ("2 pi", "2 pi", False), ("2 pi cm", "2 pi", True),
        ("3 x", "3 x", False), ("12 apples", "12", True), ("3abcd", "3abcd", False), ("cm", "cm", False),
        ("2 x + 3 m", "2 x + 3 m", False), ("10 m/s^2", "10", True), ("3 square cm", "3", True),
    ],
)  # fmt: skip
def test_a_quantity_is_a_number_and_a_unit(text: str, number: str, known: bool) -> None:
    found, unit = split_quantity(text)
    assert (found, unit is not None) == (number, known)


def test_long_lists_are_not_compared() -> None:
    written = ", ".join(map(str, range(MOST_PARTS + 1)))
    assert told(rf"\{{{written}\}}", rf"\{{0, {written}\}}") is None
