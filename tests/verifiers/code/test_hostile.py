"""The judge of programs against hostile ones: each is held, none passes, and the machine is as it was."""

import os
from collections.abc import Mapping

import anyio
import pytest

from outlay.core.problem import FunctionTests, StreamTests, VisibleTest
from outlay.verifiers.code.isolation import Isolation
from outlay.verifiers.code.layers import strongest, walls
from outlay.verifiers.code.marks import Mark, verdict
from tests.verifiers.code.hostile import EXHAUSTING, FILLING, FORGING, REACHING, SCRIPTS
from tests.verifiers.code.machine import Machine, marks_of_all, open_machine

pytestmark = pytest.mark.skipif(os.name != "posix", reason="programs run only on Linux and macOS")

HONEST = "def f(x):\n    return sorted(x) if isinstance(x, list) else x * x\n"
ONE = FunctionTests(("from prog import f\nassert f(2) == 4",))
MANY = FunctionTests(
    (
        "from prog import f\nassert f(2) == 4",
        "from prog import *\nassert abs(f(2) - 4) < 1e-6",
        "import prog\nassert not prog.f(2) != 4",
        "assert all(f(x) == x * x for x in range(3))",
        "numbers = [3, 1, 2]\nassert f(numbers) == sorted(numbers)",
        "assert f(2) in (4, 4.0) and 4 in [f(2)]",
        "assert {f(2): 1} == {4: 1} and len({f(2), 4}) == 1",
        "def check(candidate):\n    assert candidate(5) == 25\ncheck(f)",
        (
            "def test_swallowing():\n    right = False\n    try:\n        right = f(2) == 4\n"
            "    except:\n        pass\n"
            "    assert right"
        ),
        (
            "import unittest\nclass Squares(unittest.TestCase):\n    def test_one(self):\n"
            "        self.assertEqual(f(3), 9)\n"
            "    def test_two(self):\n        self.assertAlmostEqual(f(3), 9)"
        ),
        "import math\nassert isinstance(f(4), int) and math.isclose(f(4), 16)",
    )
)
WRITTEN = StreamTests((VisibleTest("2\n", "4\n"),))


def check_none_passes(marks: Mapping[str, list[Mark]]) -> None:
    honest = marks["honest"]
    assert verdict(honest) is True, honest
    passed = {name: found for name, found in marks.items() if name != "honest" and any(one.passed for one in found)}
    assert passed == {}


def check_held(
    machine: Machine, programs: Mapping[str, str], tests: FunctionTests, isolation: Isolation | None
) -> None:
    aimed = {name: machine.aim(program) for name, program in programs.items()}
    check_none_passes(marks_of_all({"honest": HONEST, **aimed}, tests, isolation))
    machine.check_untouched()


def skip_unless_held(isolation: Isolation) -> None:
    """Where a wall has a hole, as the doctor says, programs that go for it are not let loose."""
    try:
        holes = [one.name for one in anyio.run(walls, isolation) if not one.holds]
    except Exception as error:  # noqa: BLE001
        pytest.skip(f"{isolation} cannot be had here: {error}")
    if holes:
        pytest.skip(f"{isolation} does not hold here: {', '.join(holes)}")


def test_programs_that_exhaust_are_held() -> None:
    with open_machine() as machine:
        check_held(machine, EXHAUSTING, ONE, None)


@pytest.mark.parametrize("isolation", list(Isolation))
def test_programs_that_reach_out_are_held(isolation: Isolation) -> None:
    skip_unless_held(isolation)
    with open_machine() as machine:
        check_held(machine, {**REACHING, **FILLING}, ONE, isolation)


def test_no_program_forges_its_verdict() -> None:
    skip_unless_held(anyio.run(strongest).isolation)
    with open_machine() as machine:
        check_held(machine, FORGING, MANY, None)


def test_no_script_passes_by_what_it_does_beside_its_output() -> None:
    honest = "print(int(input()) ** 2)"
    with open_machine() as machine:
        check_none_passes(marks_of_all({"honest": honest, **SCRIPTS}, WRITTEN))
        machine.check_untouched()


def test_an_end_of_iteration_does_not_end_the_loop_of_a_test() -> None:
    tests = FunctionTests(("assert all(map(f, [1, 2]))", "assert [*map(f, [])] == []\nassert not [*map(f, [1])]"))
    marks = marks_of_all({"honest": HONEST, "stops": "def f(x):\n    raise StopIteration\n"}, tests)
    assert [one.passed for one in marks["honest"]] == [True, False]
    assert [one.passed for one in marks["stops"]] == [False, False]


def test_a_hole_would_be_seen() -> None:
    """So that the checks above can fail."""
    with open_machine() as machine:
        (machine.folder / "made").touch()
        with pytest.raises(AssertionError):
            machine.check_untouched()
