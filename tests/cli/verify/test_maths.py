"""``outlay verify maths``: the exit code is the verdict."""

import importlib.util
import json
import os

import pytest

from tests.cli.conftest import Outlay

posix = pytest.mark.skipif(os.name != "posix", reason="the worker needs fork")


@pytest.mark.parametrize(("answer", "code", "passed"), [("0.5", 0, True), ("0.6", 1, False)])
def test_the_exit_code_is_the_verdict(outlay: Outlay, answer: str, code: int, passed: bool) -> None:
    ended = outlay("verify", "maths", "--reference", "1/2", "--answer", answer)
    assert (ended.code, ended.err) == (code, "")
    assert ended.out.startswith("passed (score 1): 0.5 equals 1/2" if passed else "not passed (score 0): 0.6 does not")
    told = outlay("verify", "maths", "--reference", "1/2", "--answer", answer, "--json")
    found = json.loads(told.out)
    assert told.code == code
    assert set(found) == {"score", "passed", "reason", "seconds"}
    assert found["passed"] is passed


@posix
def test_what_cannot_be_judged_leaves_with_two(outlay: Outlay) -> None:
    ended = outlay("verify", "maths", "--reference", "x", "--answer", "9**9**9**9", "--seconds", 0.3, "--json")
    assert ended.code == 2
    found = json.loads(ended.out)
    assert (found["passed"], found["score"]) == (None, 0)
    assert "took longer than 0.3 seconds" in found["reason"]


def test_mistakes_get_one_message(outlay: Outlay, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = outlay("verify", "maths", "--reference", "x", "--answer", "x", "--seconds", 0)
    assert (ended.code, ended.out) == (2, "")
    assert "seconds must be between 0.05 and 600" in ended.err
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    ended = outlay("verify", "maths", "--reference", "x", "--answer", "x")
    assert (ended.code, ended.out) == (2, "")
    assert "pip install 'outlay[maths]'" in ended.err
