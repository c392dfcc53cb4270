"""The proof checker takes right proofs by every rule, and no line that does not follow."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.logic.argument import Argument, parse_argument
from outlay.logic.errors import FormulaError
from outlay.logic.formula import Atom, Binary, Connective, Falsum, Formula, Not, canonical
from outlay.logic.printing import text_of
from outlay.logic.proof.check import MAX_LINES, _NotRightError, _Proof, check, proof_lines, step_labels
from outlay.logic.proof.line import ProofLine, read_line
from outlay.logic.proof.rules import RULES
from outlay.logic.structure import Structure
from outlay.tasks.theorem import draw_theorem
from tests.logic.formulas import structures, worlds
from tests.logic.proofs import RIGHT, Worked, check_lines, with_cited

each_proof = pytest.mark.parametrize("one", RIGHT, ids=[one.rule for one in RIGHT])


def small_structures() -> list[Structure]:
    """All with one or two objects, for P, Q, R, a and b."""
    found = []
    for size in (1, 2):
        objects = list(range(size))
        singles, pairs = [(i,) for i in objects], list(product(objects, repeat=2))
        for a, b in pairs:
            for bits in product((False, True), repeat=2 * size + size**2):
                kept = [one for one, bit in zip([*singles, *singles, *pairs], bits, strict=True) if bit]
                p = frozenset(one for one, bit in zip(singles, bits[:size], strict=True) if bit)
                q = frozenset(one for one, bit in zip(singles, bits[size : 2 * size], strict=True) if bit)
                r = frozenset(one for one in kept if len(one) == 2)
                found.append(Structure(size, {"a": a, "b": b}, {"P": p, "Q": q, "R": r}))
    return found


FIRST_ORDER = small_structures()[::5]


def tables(argument: Argument) -> list[Structure]:
    return worlds() if "(" not in str(argument).replace("(p", "").replace("(q", "") else FIRST_ORDER


def test_every_rule_is_shown() -> None:
    assert {one.rule for one in RIGHT} == set(RULES)


@each_proof
def test_a_right_proof_is_accepted(one: Worked) -> None:
    found = check(one.argument, one.proof)
    assert (found.right, found.fault, found.proved) == (len(one.lines), "", True)
    assert check(one.argument, one.proof.replace("\n", ";")) == found
    assert step_labels(found, one.lines) == [True] * len(one.lines)


@each_proof
def test_a_wrong_citation_is_refused(one: Worked) -> None:
    tried = 0
    for i, line in enumerate(one.lines):
        for wrong in with_cited(line):
            lines = [*one.lines[:i], wrong]
            found = check(one.argument, "\n".join(lines))
            tried += 1
            if found.right < len(lines):
                assert (found.right, found.proved) == (i, False)
                continue
            # What is still accepted must follow, and cite the same formulas elsewhere; equations may do without.
            check_lines(one.argument, lines, tables(one.argument))
            if "[=E" not in line:
                assert _cited_formulas(lines) == _cited_formulas([*one.lines[:i], line])
    assert tried or one.rule == "=I"


def _cited_formulas(lines: list[str]) -> Counter[Formula]:
    read = [read_line(line) for line in lines]
    last = read[-1]
    numbers = [*last.cited, *(number for box in last.cited_boxes for number in (box.first, box.last))]
    return Counter(read[number - 1].formula for number in numbers)


@each_proof
def test_another_formula_or_rule_is_refused(one: Worked) -> None:
    lines = one.lines
    head, _, reason = lines[-1].rpartition("[")
    number = head.split(".")[0]
    for formula in ("s", f"-({text_of(one.argument.conclusion)})"):
        if one.rule != "falseE":
            assert (
                check(one.argument, "\n".join([*lines[:-1], f"{number}. {formula} [{reason}"])).right == len(lines) - 1
            )
    assert not check(one.argument, "\n".join([*lines[:-1], f"{head}[{reason[:-1]}, 1]"])).proved
    for rule in ("assume", "", "guess", "->", "&", "1"):
        assert not check(one.argument, "\n".join([*lines[:-1], f"{head}[{rule}]"])).proved


@pytest.mark.parametrize(
    ("argument", "proof", "fault"),
    [
        ("P(a)\n|- all x. P(x)", "1. P(a) [premise]\n2. all x. P(x) [allI 1]", "line 2: this does not follow by allI"),
        (
            "|- P(a) -> all x. P(x)",
            "1. | P(a) [assume]\n2. | all x. P(x) [allI 1]\n3. P(a) -> all x. P(x) [->I 1-2]",
            "line 2: this does not follow by allI",
        ),
        (
            "all x. R(x, x)\n|- all x. R(x, a)",
            "1. all x. R(x, x) [premise]\n2. R(a, a) [allE 1]\n3. all x. R(x, a) [allI 2]",
            "line 3: this does not follow by allI",
        ),
        (
            "exists x. P(x)\n|- P(a)",
            "1. exists x. P(x) [premise]\n2. | P(a) [assume]\n3. P(a) [existsE 1, 2-2]",
            "line 3: this does not follow by existsE",
        ),
        (
            "exists x. P(x)\nQ(a)\n|- exists x. (P(x) & Q(x))",
            """1. exists x. P(x) [premise]
            2. Q(a) [premise]
            3. | P(a) [assume]
            4. | P(a) & Q(a) [&I 3, 2]
            5. | exists x. (P(x) & Q(x)) [existsI 4]
            6. exists x. (P(x) & Q(x)) [existsE 1, 3-5]""",
            "line 6: this does not follow by existsE",
        ),
        (
            "exists x. R(x, a)\n|- exists x. R(x, x)",
            """1. exists x. R(x, a) [premise]
            2. | R(a, a) [assume]
            3. | exists x. R(x, x) [existsI 2]
            4. exists x. R(x, x) [existsE 1, 2-3]""",
            "line 4: this does not follow by existsE",
        ),
        (
            "all x. exists y. R(x, y)\n|- exists y. R(y, y)",
            "1. all x. exists y. R(x, y) [premise]\n2. exists y. R(y, y) [allE 1]",
            "line 2: this does not follow by allE",
        ),
        ("p\n|- q", "1. q [premise]", "line 1: this is none of the premises"),
        ("p\n|- p", "2. p [premise]", "line 1: expected the number 1, found 2"),
        ("p\n|- p", "1. p [premise 1]", "line 1: premise cites nothing"),
        ("p\n|- p", "1. | p [premise]", "line 1: only an assumption opens a box"),
        ("p\n|- p", "1. p [assume]", "line 1: an assumption here needs from 1 to 1 bars, found 0"),
        ("p\n|- p", "1. || p [assume]", "line 1: an assumption here needs from 1 to 1 bars, found 2"),
        ("p\n|- p", "1. p [guess]", "line 1: unknown rule 'guess'; known: premise, assume, reit"),
        ("p\n|- p", "1. p [reit 1]", "line 1: there is no line 1 before it"),
        ("p\n|- p", "1. p [premise]\n2. p [reit 0]", "line 2: there is no line 0 before it"),
        ("p\n|- p", "1. p [premise]\n2. p [reit 1, 1]", "line 2: reit cites 1 lines and 0 boxes"),
        ("|- p", "1. | p [assume]\n2. p [reit 1]", "line 2: line 1 stands in a box that is closed"),
        (
            "|- p",
            "1. | p [assume]\n2. | q [assume]\n3. | p [reit 1]",
            "line 3: line 1 stands in a box that is closed",
        ),
        ("|- p -> p", "1. | p [assume]\n2. | p -> p [->I 1-1]", "line 2: box 1-1 is not a finished one"),
        (
            "|- q",
            "1. | p [assume]\n2. || q [assume]\n3. p -> q [->I 1-2]",
            "line 3: 1-2 is no box",
        ),
        (
            "|- q",
            "1. | p [assume]\n2. || q [assume]\n3. q -> q [->I 2-2]",
            "line 3: box 2-2 is not a finished one",
        ),
        ("p\n|- p", "1. p premise", "line 1, column 13: expected a rule in brackets"),
        ("p\n|- p", "p [premise]", "line 1, column 1: expected a line number"),
        ("p\n|- p", "1. p & [premise]", "line 1, column 8: expected a formula, found the end"),
        ("p\n|- p", "1. p [premise]\n2. p [reit one]", "line 2: unknown rule 'reitone'"),
        ("p\n|- p", "1. p [premise]\n2. p [reit 1;", "line 2, column 13: expected a rule in brackets"),
        ("p\n|- p", "1. p [premise]\n2. p [reit 1 2]", "line 2, column 12: expected line numbers such as 2 or 3-5"),
    ],
)
def test_what_does_not_follow_is_refused_with_the_reason(argument: str, proof: str, fault: str) -> None:
    found = check(parse_argument(argument), proof)
    assert not found.proved
    assert found.fault.startswith(fault)


def test_a_proof_proves_its_conclusion_outside_of_all_boxes_and_nothing_else() -> None:
    argument = parse_argument("p\n|- q -> p")
    steps = ["1. p [premise]\n", "2. | q [assume]\n", "\n", "3. | p [reit 1]\n", "4. q -> p [->I 2-3]"]
    assert check(argument, "".join(steps)).proved
    for cut in range(len(steps)):
        found = check(argument, "".join(steps[:cut]))
        assert (found.fault, found.proved) == ("", False)
    assert not check(argument, "".join(steps) + "\n5. p [reit 1]").proved
    boxed = "1. | q -> p [assume]"
    assert not check(argument, boxed).proved
    assert step_labels(check(argument, "".join([*steps[:3], "x\n", *steps[3:]])), [*steps[:3], "x\n", *steps[3:]]) == [
        True, True, True, False, False, False,
    ]  # fmt: skip


def test_names_of_bound_variables_do_not_matter() -> None:
    argument = parse_argument("all x. exists y. R(x, y)\n|- all u. exists v. R(u, v)")
    assert check(argument, "1. all a. exists b. R(a, b) [premise]").proved
    assert not check(argument, "1. all a. exists b. R(b, a) [premise]").proved


def test_too_long_a_proof_is_refused() -> None:
    argument = parse_argument("p\n|- p")
    lines = ["1. p [premise]", *(f"{i}. p [reit 1]" for i in range(2, MAX_LINES + 2))]
    assert check(argument, "\n".join(lines[:-1])).proved
    found = check(argument, "\n".join(lines))
    assert (found.right, found.proved) == (MAX_LINES, False)
    assert not check(argument, "1. " + "p & " * 6000 + "p [premise]").proved
    assert not check(argument, "\n" * 30_000 + "1. p [premise]").proved
    assert check(argument, "1. " + "-(" * 5000 + "p [premise]").right == 0


@settings(max_examples=60)
@given(st.text("123.|p q->[]EI,-&;\n", max_size=120), st.text(max_size=60))
def test_no_text_breaks_the_checker(text: str, other: str) -> None:
    argument = parse_argument("p\np -> q\n|- q")
    for one in (text, other, f"1. p [{other}]", f"1. {other} [premise]", f"1. p [premise]\n2. {text}"):
        found = check(argument, one)
        assert found.right <= len(proof_lines(one))
        assert bool(found.fault) == (found.right < len(proof_lines(one)))


PROPOSITIONAL = [name for name in RULES if not name.startswith(("all", "exists", "="))]
POOL: list[Formula] = [
    Atom("p"), Atom("q"), Falsum(), Not(Atom("p")), Not(Not(Atom("q"))),
    *(Binary(one, Atom("p"), Atom("q")) for one in Connective), Binary(Connective.OR, Atom("q"), Atom("q")),
]  # fmt: skip


def random_line(lines: list[ProofLine], chance: random.Random) -> str:
    """A next line as a rule would give it, if what it cites may be cited; and sometimes not even that."""
    number, rule = len(lines) + 1, chance.choice(["assume", *PROPOSITIONAL])
    formulas = [line.formula for line in lines]
    starts = [line.number for line in lines if line.rule == "assume"]
    if rule == "assume" or (RULES[rule].boxes and not starts):
        bars = "|" * chance.randint(1, 3)
        return f"{number}. {bars} {text_of(chance.choice(POOL))} [assume]"
    boxes = [_box(lines, starts, chance) for _ in range(RULES[rule].boxes)]
    made = list(_given_by(rule, formulas, [(formulas[i - 1], formulas[j - 1]) for i, j in boxes]))
    formula, cited = chance.choice(made or [(formulas[0], formulas[:1])])
    if chance.random() < 0.1:
        formula = chance.choice(POOL)
    numbers = [chance.choice([i for i, one in enumerate(formulas, start=1) if one == each]) for each in cited]
    depth = lines[boxes[0][0] - 1].boxes - 1 if boxes and chance.random() < 0.8 else chance.randint(0, 3)
    shown = ", ".join([*map(str, numbers), *(f"{i}-{j}" for i, j in boxes)])
    return f"{number}. {'|' * depth} {text_of(formula)} [{rule} {shown}]"


def _box(lines: list[ProofLine], starts: list[int], chance: random.Random) -> tuple[int, int]:
    first = chance.choice(starts)
    return first, chance.choice([line.number for line in lines[first - 1 :] if line.boxes == lines[first - 1].boxes])


def _given_by(
    rule: str, formulas: list[Formula], boxes: list[tuple[Formula, Formula]]
) -> Iterator[tuple[Formula, list[Formula]]]:
    """What a rule might give, and the lines it then cites; wrong ones are among them."""
    either = list(product(formulas, repeat=2))
    match rule:
        case "reit" | "falseE":
            yield from ((chance, [one]) for one in formulas for chance in (one, Atom("q")))
        case "&I":
            yield from ((Binary(Connective.AND, *pair), list(pair)) for pair in either)
        case "&E" | "--E":
            parts = [(getattr(one, side), one) for one in formulas for side in ("left", "right") if hasattr(one, side)]
            inner = [(getattr(one.inner, "inner", one.inner), one) for one in formulas if isinstance(one, Not)]
            yield from ((part, [one]) for part, one in (parts if rule == "&E" else inner))
        case "|I":
            yield from ((Binary(Connective.OR, one, Atom("q")), [one]) for one in formulas)
            yield from ((Binary(Connective.OR, Atom("p"), one), [one]) for one in formulas)
        case "->E" | "<->E":
            sides = [(one, pair) for one in formulas if isinstance(one, Binary) for pair in _turned(one)]
            yield from ((after, [one, before]) for one, (before, after) in sides if before in formulas)
        case "-E":
            yield from (
                (Falsum(), [one.inner, one]) for one in formulas if isinstance(one, Not) and one.inner in formulas
            )
        case "|E":
            joined = Binary(Connective.OR, boxes[0][0], boxes[1][0])
            yield from ((boxes[0][1], [one]) for one in formulas if one == joined or isinstance(one, Binary))
        case "->I" | "<->I":
            yield Binary(Connective.IMPLIES if rule == "->I" else Connective.IFF, *boxes[0]), []
        case "-I" | "IP":
            yield Not(boxes[0][0]) if rule == "-I" else getattr(boxes[0][0], "inner", Atom("p")), []


def _turned(one: Binary) -> list[tuple[Formula, Formula]]:
    return [(one.left, one.right), (one.right, one.left)]


def random_proof(seed: int, attempts: int = 300) -> tuple[Argument, list[str]]:
    """Lines that the checker accepts, out of many that are tried."""
    chance = random.Random(seed)  # noqa: S311 (a test)
    premises = tuple(chance.sample(POOL, 3))
    argument = Argument(premises, Falsum())
    lines = [f"{i}. {text_of(one)} [premise]" for i, one in enumerate(premises, start=1)]
    proof = _Proof(argument)
    for line in lines:
        proof.add(line)
    read = [read_line(line) for line in lines]
    for _ in range(attempts):
        line = random_line(read, chance)
        with suppress(FormulaError, _NotRightError):
            if len(line) < 60 and len(lines) < 30:
                proof.add(line)
                lines.append(line)
                read.append(read_line(line))
    assert check(argument, "\n".join(lines)).right == len(lines)
    return argument, lines


def test_whatever_is_accepted_follows_by_truth_table() -> None:
    used: Counter[str] = Counter()
    for seed in range(30):
        argument, lines = random_proof(seed)
        check_lines(argument, lines, worlds(("p", "q")))
        used.update(read_line(line).rule for line in lines)
    assert set(PROPOSITIONAL) <= set(used), "the random proofs must use every rule"


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.data())
def test_a_changed_proof_is_refused_or_every_line_still_follows(seed: int, data: st.DataObject) -> None:
    theorem = draw_theorem(2, 4, np.random.default_rng(seed))
    lines = theorem.proof.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    changes = [("->", "<->"), ("&", "|"), ("|", "&"), ("-", ""), ("| ", ""), ("2", "1"), ("E", "I"), ("all", "exists")]
    old, new = data.draw(st.sampled_from([change for change in changes if change[0] in lines[at]] or [(".", ".")]))
    place = data.draw(st.sampled_from([i for i in range(len(lines[at])) if lines[at].startswith(old, i)]))
    lines[at] = lines[at][:place] + new + lines[at][place + len(old) :]
    found = check(theorem.argument, "\n".join(lines))
    drawn = [_structure_for(theorem.argument, lines[: found.right], data) for _ in range(5)]
    check_lines(theorem.argument, lines[: found.right], drawn)


def _structure_for(argument: Argument, lines: list[str], data: st.DataObject) -> Structure:
    """Random truth values for all predicates, with at most two objects."""
    size = data.draw(st.integers(1, 2))
    chance = random.Random(data.draw(st.integers(0, 10_000)))  # noqa: S311 (a test)
    names = "abcdefghijklmnopqrstuvwxyz"
    keys = [(), *((i,) for i in range(size))]
    relations = {name: frozenset(key for key in keys if chance.random() < 0.7) for name in names}
    return Structure(size, {"c": chance.randrange(size)}, relations)


@settings(max_examples=60)
@given(structures(), st.sampled_from([one for one in RIGHT if "(" in one.proof]))
def test_first_order_lines_follow_in_random_structures(structure: Structure, one: Worked) -> None:
    check_lines(one.argument, one.lines, [structure])


def test_a_line_is_read_whatever_its_spelling() -> None:
    plain = read_line("12. || p & q [->E 3, 4-5]")
    for text in ("12) | | p ∧ q [→E 3, 4–5]", " 12: ││p & q  [ ⇒ E 3 , 4 - 5 ] "):
        assert read_line(text) == plain
    assert read_line("1. all x. P(x) [premise]").formula == canonical(read_line("1. all y. P(y) [premise]").formula)
    with pytest.raises(FormulaError, match="expected a line number"):
        read_line("x")
