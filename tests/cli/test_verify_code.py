"""``outlay verify code`` and ``outlay verify doctor`` as a user types them."""

import json
import os
from importlib import import_module
from pathlib import Path

import pytest

from outlay.core.errors import VerifierError
from outlay.verifiers.code.isolation import Isolation
from outlay.verifiers.code.layers import Layer, Sandbox, strongest
from tests.cli.conftest import Ended, Outlay

pytestmark = pytest.mark.skipif(os.name != "posix", reason="programs run only on Linux and macOS")

# By their full names: the package has commands of the same names.
COMMAND, DOCTOR = (import_module(f"outlay.cli.verify.{name}") for name in ("code", "doctor"))
RIGHT, WRONG = "def f(x):\n    return x * x\n", "def f(x):\n    return 4\n"
TESTS = "from prog import f\n\ndef test_f():\n    assert f(2) == 4\n    assert f(3) == 9\n"


class Files:
    """A program and its tests in a folder, and the command over them."""

    def __init__(self, outlay: Outlay, folder: Path) -> None:
        self.outlay = outlay
        self.folder = folder

    def judge(self, program: str, tests: str, *options: object, suffix: str = ".py") -> Ended:
        (self.folder / "prog.py").write_text(program)
        (self.folder / f"tests{suffix}").write_text(tests)
        return self.outlay(
            "verify", "code", "--answer", self.folder / "prog.py", "--tests", self.folder / f"tests{suffix}", *options
        )


@pytest.fixture
def files(outlay: Outlay, tmp_path: Path) -> Files:
    return Files(outlay, tmp_path)


def test_a_program_is_judged_and_the_exit_code_says_how(files: Files) -> None:
    passed = files.judge(RIGHT, TESTS)
    assert (passed.code, passed.out) == (0, "passed (score 1): 1 of 1 tests passed\n")
    failed = files.judge(WRONG, TESTS)
    assert failed.code == 1
    assert "assert f(3) == 9: AssertionError" in failed.out
    unknown = files.judge(RIGHT, "import pytest")
    assert unknown.code == 2
    assert unknown.out.startswith("could not be judged (score 0)")


def test_json_has_the_judgement(files: Files) -> None:
    found = json.loads(files.judge(WRONG, TESTS, "--json").out)
    assert set(found) == {"score", "passed", "reason", "seconds"}
    assert (found["score"], found["passed"]) == (0.0, False)


def test_a_check_function_is_called_with_the_entry(files: Files) -> None:
    check = "def check(candidate):\n    assert candidate(3) == 9\n"
    assert [files.judge(one, check, "--entry", "f").code for one in (RIGHT, WRONG)] == [0, 1]


def test_lines_of_input_and_output(files: Files) -> None:
    lines = '{"input": "2", "output": "4"}\n\n{"input": "3", "output": "9"}\n'
    square = "print(int(input()) ** 2)"
    assert files.judge(square, lines, suffix=".jsonl").code == 0
    half = json.loads(files.judge("print(4)", lines, "--json", suffix=".jsonl").out)
    assert (half["score"], half["passed"]) == (0.5, False)
    bad = files.judge(square, '{"input": 2}', suffix=".jsonl")
    assert bad.code == 2
    assert "line 1: a test reads" in bad.err


@pytest.mark.parametrize(
    ("options", "told"),
    [(("--seconds", "0"), "between 0.1 and 600"), (("--memory", "1"), "between 64 and 65536")],
)  # fmt: skip
def test_settings_out_of_range_are_refused(files: Files, options: tuple[str, ...], told: str) -> None:
    ended = files.judge(RIGHT, TESTS, *options)
    assert ended.code == 2
    assert told in ended.err


def test_files_that_cannot_be_used_are_refused(outlay: Outlay, tmp_path: Path) -> None:
    for name, content in (("json.py", RIGHT), ("prog.py", RIGHT), ("empty.py", "\n"), ("empty.jsonl", "")):
        (tmp_path / name).write_text(content)

    def told(answer: str, tests: str) -> str:
        ended = outlay("verify", "code", "--answer", tmp_path / answer, "--tests", tmp_path / tests)
        assert ended.code == 2
        return ended.err

    assert "cannot read" in told("none.py", "prog.py")
    assert "cannot read" in told("prog.py", "none.py")
    assert "has no tests" in told("prog.py", "empty.py")
    assert "has no tests" in told("prog.py", "empty.jsonl")
    assert "rename it" in told("json.py", "prog.py")


def weaken(monkeypatch: pytest.MonkeyPatch) -> None:
    async def proved(_: Isolation) -> list[Layer]:
        return [Layer("no daemons", True), Layer("no network", False, "connected")]

    async def found() -> Sandbox:
        return Sandbox((await strongest()).isolation, ("no network",))

    for module in (COMMAND, DOCTOR):
        monkeypatch.setattr(module, "prove", proved)
    monkeypatch.setattr(COMMAND, "strongest", found)


def test_a_required_sandbox_is_required(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    weaken(monkeypatch)
    weaker = files.judge(RIGHT, TESTS)
    assert weaker.code == 0
    assert "does not hold (no network); see: outlay verify doctor" in weaker.err
    ended = files.judge(RIGHT, TESTS, "--require-sandbox")
    assert ended.code == 2
    assert "does not hold (no network); nothing was run" in ended.err


def test_a_sandbox_that_does_not_start_is_no_judgement(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    async def none() -> Sandbox:
        raise VerifierError("no sandbox here")

    monkeypatch.setattr(COMMAND, "strongest", none)
    monkeypatch.setattr(DOCTOR, "strongest", none)
    ended = files.judge(RIGHT, TESTS)
    assert (ended.code, ended.out) == (2, "could not be judged (score 0): no sandbox here\n")
    doctor = files.outlay("verify", "doctor")
    assert doctor.code == 1
    assert "BROKEN  programs run: no sandbox here" in doctor.out


def test_the_doctor_says_what_holds(outlay: Outlay) -> None:
    ended = outlay("verify", "doctor", "--json")
    found = json.loads(ended.out)
    assert found["full"] == all(one["holds"] for one in found["layers"])
    assert ended.code == (0 if found["full"] else 1)
    assert found["isolation"] in set(Isolation)
    assert len(found["layers"]) == 14


def test_the_doctor_names_what_is_broken(outlay: Outlay, monkeypatch: pytest.MonkeyPatch) -> None:
    weaken(monkeypatch)
    ended = outlay("verify", "doctor")
    assert ended.code == 1
    assert "holds   no daemons\nBROKEN  no network: connected\nthe sandbox is weaker than it should be" in ended.out
