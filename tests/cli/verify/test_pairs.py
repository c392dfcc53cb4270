"""``outlay verify pairs``: a file judged line by line, bad lines named, errors counted."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Outlay

RIGHT = {"reference": "1/2", "answer": 0.5, "label": True, "id": "half"}
WRONG = {"reference": "1/2", "answer": "0.6", "label": False}
MISLABELLED = {"reference": "2", "answer": "2.0", "label": False}
MISSED = {"reference": "2", "answer": "3", "label": True}


def written(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("lines", "code", "summary"),
    [
        (
            [RIGHT],
            0,
            "1 passed, 0 not passed, 0 could not be judged, 0 bad lines, 0 false positives, 0 false negatives",
        ),
        ([RIGHT, WRONG], 1, "1 passed, 1 not passed, 0 could not be judged, 0 bad lines, 0 false positives"),
        ([MISLABELLED, MISSED], 1, "1 false positives, 1 false negatives"),
        ([{"reference": "B", "answer": "b"}], 0, "1 passed, 0 not passed, 0 could not be judged, 0 bad lines"),
        ([RIGHT, "", "nonsense", WRONG], 2, "1 passed, 1 not passed, 0 could not be judged, 1 bad lines"),
        ([{"reference": "x", "answer": "y" * 3000}], 2, "0 passed, 0 not passed, 1 could not be judged"),
    ],
)
def test_the_exit_code_sums_up(outlay: Outlay, tmp_path: Path, lines: list[object], code: int, summary: str) -> None:
    ended = outlay("verify", "pairs", written(tmp_path / "pairs.jsonl", *lines))
    assert (ended.code, ended.err) == (code, "")
    assert summary in ended.out.splitlines()[-1]


def test_pairs_are_told_by_name_and_bad_lines_by_number(outlay: Outlay, tmp_path: Path) -> None:
    bad = ["{", "[]", {"reference": "1"}, {"reference": "1", "answer": True}, {**RIGHT, "label": "yes"}]
    ended = outlay("verify", "pairs", written(tmp_path / "pairs.jsonl", RIGHT, "", *bad, WRONG))
    lines = ended.out.splitlines()
    assert ended.code == 2
    assert lines[0] == "half: passed: 0.5 equals 1/2"
    assert lines[1].startswith("line 3: not JSON")
    assert lines[2] == "line 4: not a JSON object"
    assert lines[3] == 'line 5: "answer" must be a text or a number'
    assert lines[4] == 'line 6: "answer" must be a text or a number'
    assert lines[5] == 'line 7: "label" must be true or false'
    assert lines[6].startswith("8: not passed: 0.6 does not equal 1/2")


@pytest.mark.skipif(os.name != "posix", reason="the worker needs fork")
def test_json_lines(outlay: Outlay, tmp_path: Path) -> None:
    slow = {"reference": "x", "answer": "9**9**9**9", "label": True}
    algebra = {"reference": "x + 1", "answer": "1 + x"}
    path = written(tmp_path / "pairs.jsonl", RIGHT, "{", slow, algebra)
    ended = outlay("verify", "pairs", path, "--judge", "maths", "--seconds", 0.5, "--json")
    assert ended.code == 2
    first, bad, unknown, same, summary = map(json.loads, ended.out.splitlines())
    assert (first["line"], first["id"], first["label"], first["passed"], first["score"]) == (1, "half", True, True, 1)
    assert bad["line"] == 2
    assert bad["error"].startswith("not JSON")
    assert (unknown["id"], unknown["passed"], unknown["score"]) == ("3", None, 0)
    assert same["passed"] is True
    assert "label" not in same
    assert summary == {
        "passed": 2, "not_passed": 0, "could_not_be_judged": 1, "bad_lines": 1, "false_positives": 0,
        "false_negatives": 0,
    }  # fmt: skip


def test_mistakes_get_one_message(outlay: Outlay, tmp_path: Path) -> None:
    path = written(tmp_path / "pairs.jsonl", RIGHT)
    empty = written(tmp_path / "empty.jsonl", "")
    for arguments, said in (
        ((path, "--judge", "mths"), "unknown judge 'mths'; did you mean 'maths'?"),
        ((tmp_path / "nowhere.jsonl",), "cannot read"),
        ((empty,), 'it must have lines of the form {"reference": ..., "answer": ...}'),
        ((path, "--seconds", -1), "seconds must be between 0.05 and 600"),
    ):
        ended = outlay("verify", "pairs", *arguments)
        assert (ended.code, ended.out) == (2, "")
        assert said in ended.err
        assert "Traceback" not in ended.err
