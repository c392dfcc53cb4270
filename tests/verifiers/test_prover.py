"""The theorem prover says what follows, against enumeration, and ends at its limits."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.core.errors import MissingExtraError, VerifierError
from outlay.logic.argument import Argument, parse_argument
from outlay.logic.formula import Formula
from outlay.logic.structure import Structure, holds
from outlay.logic.truth import Truth
from outlay.tasks.exercise import exercise
from outlay.tasks.proof import Proof
from outlay.verifiers.logic import prover
from outlay.verifiers.logic.prover import ProverLimits, Status, prove
from outlay.verifiers.logic.smtlib import script_of
from tests.logic.formulas import first_order, monadic_worlds, propositional, structures, worlds

pytestmark = pytest.mark.anyio

TRUTH_TABLE = worlds()
MONADIC = monadic_worlds()


def by_enumeration(argument: Argument, where: Sequence[Structure]) -> Status:
    models = [one for one in where if all(holds(premise, one) for premise in argument.premises)]
    ways = {holds(argument.conclusion, one) for one in models}
    return {
        frozenset(): Status.INCONSISTENT,
        frozenset({True}): Status.ENTAILED,
        frozenset({False}): Status.REFUTED,
        frozenset({True, False}): Status.OPEN,
    }[frozenset(ways)]


def in_this_process(argument: Argument) -> Status:
    """What Z3 makes of a script, without the worker around it."""
    script = script_of(argument)
    found = []
    for side in (script.negation, script.conclusion):
        solver = z3.Solver()
        solver.set("timeout", 10_000)
        solver.add(z3.parse_smt2_string(f"{script.premises}\n{side}"))
        found.append(str(solver.check()))
    return prover._finding(found[0], found[1], None, ProverLimits()).status


@settings(max_examples=60)
@given(st.lists(propositional(), max_size=3), propositional())
def test_propositional_scripts_agree_with_truth_tables(premises: list[Formula], conclusion: Formula) -> None:
    argument = Argument(tuple(premises), conclusion)
    assert in_this_process(argument) is by_enumeration(argument, TRUTH_TABLE)


@settings(max_examples=60)
@given(st.lists(first_order(monadic=True), max_size=3), first_order(monadic=True))
def test_monadic_scripts_agree_with_the_enumeration_of_models(premises: list[Formula], conclusion: Formula) -> None:
    argument = Argument(tuple(premises), conclusion)
    assert in_this_process(argument) is by_enumeration(argument, MONADIC)


@settings(max_examples=60)
@given(st.lists(first_order(depth=2), max_size=2), first_order(depth=2), st.lists(structures(), max_size=8))
def test_no_world_contradicts_what_is_found(
    premises: list[Formula], conclusion: Formula, where: list[Structure]
) -> None:
    argument = Argument(tuple(premises), conclusion)
    found, seen = in_this_process(argument), by_enumeration(argument, where)
    if seen is not Status.INCONSISTENT:
        assert found in {seen, Status.OPEN, Status.GAVE_UP}


CASES = [
    ("all x. (cat(x) -> exists y. likes(x, y))\ncat(tom)\n|- exists z. likes(tom, z)", Status.ENTAILED),
    ("all x. (cat(x) -> -dog(x))\ncat(tom)\n|- dog(tom)", Status.REFUTED),
    ("all x. exists y. R(x, y)\n|- exists y. all x. R(x, y)", Status.OPEN),
    ("a = b\nb != c\n|- a = c", Status.REFUTED),
    ("all x. (P(x) -> Q(x))\nQ(a)\nb != a\n|- P(a)", Status.OPEN),
    ("p\n-p\n|- q", Status.INCONSISTENT),
    ("false\n|- false", Status.INCONSISTENT),
    ("|- all x. x = x", Status.ENTAILED),
    ("|- exists x. P(x)", Status.OPEN),
    ("p | q\n|- p", Status.OPEN),
]


@pytest.mark.parametrize(("text", "status"), CASES)
async def test_the_worker_finds_what_follows(text: str, status: Status) -> None:
    argument = parse_argument(text)
    found = await prove(argument)
    assert found.status is status
    assert found.truth is {
        Status.ENTAILED: Truth.TRUE, Status.REFUTED: Truth.FALSE, Status.OPEN: Truth.UNKNOWN,
    }.get(status)  # fmt: skip
    if status is Status.OPEN:
        assert found.countermodel is not None
        assert str(found.countermodel) in found.reason
        assert all(holds(premise, found.countermodel) for premise in argument.premises)
        assert not holds(argument.conclusion, found.countermodel)


@cache
def _some_theorems() -> list[Argument]:
    return [exercise(Proof(), level, 1).problem.reference.argument for level in (3, 5)]  # type: ignore[union-attr]


@pytest.mark.parametrize("number", range(2))
async def test_theorems_of_the_task_follow(number: int) -> None:
    assert (await prove(_some_theorems()[number])).status is Status.ENTAILED


async def test_names_of_any_kind_reach_the_prover() -> None:
    argument = parse_argument("∀x (Größe(x) → and_(x))\nGröße(assert_)\nc0 = assert_\n⊢ and_(c0)")
    assert (await prove(argument)).status is Status.ENTAILED


ENDLESS = """
all x. -R(x, x)
all x y z. (R(x, y) & R(y, z) -> R(x, z))
all x. exists y. R(x, y)
all x y z u. (M(x, y, z) & M(y, z, u) -> exists v. (M(z, u, v) & R(u, v)))
|- exists x. M(x, x, x)
"""


async def test_a_prover_that_does_not_come_to_an_end_gives_up() -> None:
    found = await prove(parse_argument(ENDLESS), ProverLimits(cpu_seconds=0.3))
    assert (found.status, found.truth, found.countermodel) == (Status.GAVE_UP, None, None)
    assert "0.3 seconds of CPU time" in found.reason


async def test_a_prover_that_stands_still_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asleep = tmp_path / "asleep.py"
    asleep.write_text("import time\nprint('{}', flush=True)\ntime.sleep(3600)\n")
    monkeypatch.setattr(prover, "_WORKER", asleep)
    monkeypatch.setattr(prover, "_WALL_GRACE", 0.2)
    found = await prove(parse_argument("|- p"), ProverLimits(cpu_seconds=0.05))
    assert found.status is Status.GAVE_UP


async def test_what_was_found_before_the_end_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    half = tmp_path / "half.py"
    half.write_text('print(\'{"status": "ready"}\\n{"status": "unsat"}\\n{"stat\', end="")\n')
    monkeypatch.setattr(prover, "_WORKER", half)
    assert (await prove(parse_argument("|- p"))).status is Status.ENTAILED


async def test_too_little_memory_is_no_finding() -> None:
    many = "\n".join(f"exists x{i}. (P{i}(x{i}) | q{i})" for i in range(400))
    found = await prove(parse_argument(f"{many}\n|- p"), ProverLimits(memory_megabytes=1))
    assert found.status is Status.GAVE_UP


@pytest.mark.parametrize("content", ["raise SystemExit(1)", "import nothing_of_this_name", ""])
async def test_a_prover_that_does_not_start_is_an_error(
    content: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text(content)
    monkeypatch.setattr(prover, "_WORKER", broken)
    with pytest.raises(VerifierError, match="does not start"):
        await prove(parse_argument("|- p"))
    monkeypatch.setattr("sys.executable", str(tmp_path / "none"))
    with pytest.raises(VerifierError, match="cannot be started"):
        await prove(parse_argument("|- p"))


async def test_without_z3_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'outlay\[logic\]'"):
        await prove(parse_argument("|- p"))


async def test_a_large_argument_is_decided() -> None:
    lines = [f"all x. (P{i}(x) -> P{i + 1}(x))" for i in range(200)]
    found = await prove(parse_argument("\n".join([*lines, "P0(a)", "conclusion: P200(a)"])))
    assert found.status is Status.ENTAILED
