"""``outlay verify calibrate`` and ``select``: from labelled questions to answers that may be handed out."""

import json
from pathlib import Path

import numpy as np
import pytest

from outlay.core.labelled import LabelledAnswer, read_answers, write_answers
from tests.cli.conftest import Outlay


def some(path: Path, n: int, rng: np.random.Generator, labels: bool = True) -> list[bool]:
    right = [bool(rng.random() < 0.5) for _ in range(n)]
    answers = [
        LabelledAnswer(f"{path.stem}/{i}", r if labels else None, 1,
                       {"good": float(np.clip(rng.normal(0.3 + 0.5 * r, 0.1), 0, 1)), "coin": float(rng.random())})
        for i, r in enumerate(right)
    ]  # fmt: skip
    write_answers(path, answers)
    return right


def test_confidences_are_kept_and_bounds_told(outlay: Outlay, tmp_path: Path) -> None:
    out = tmp_path / "labels.jsonl"
    asked = ("--task", "countdown", "--level", 1, "--strategy", "best_of_n(n=2)", "--problems", 12, "--out", out)
    first = outlay("verify", "calibrate", *asked)
    assert first.code == 0
    assert "fdr=0.1:" in first.out
    kept = read_answers(out)
    assert len(kept) == 12
    assert outlay("verify", "calibrate", *asked).out == first.out
    assert read_answers(out) == kept


@pytest.mark.parametrize("scores", [(), ("--score", "good")])
def test_few_of_those_handed_out_are_wrong(outlay: Outlay, tmp_path: Path, scores: tuple[str, ...]) -> None:
    rng = np.random.default_rng(0)
    some(tmp_path / "old.jsonl", 300, rng)
    right = some(tmp_path / "new.jsonl", 200, rng, labels=False)
    files = ("--labelled", tmp_path / "old.jsonl", "--new", tmp_path / "new.jsonl", "--fdr", 0.2, *scores)
    ended = outlay("verify", "select", *files, "--json")
    assert (ended.code, ended.err) == (0, "")
    found = json.loads(ended.out)
    wrong = [name for name in found["handed_out"] if not right[int(name.partition("/")[2])]]
    assert len(found["handed_out"]) > 70
    assert len(wrong) / len(found["handed_out"]) < 0.3
    assert found["wrong_low"] <= 200 - sum(right) <= found["wrong_high"]
    listed = outlay("verify", "select", *files)
    assert listed.out.split() == found["handed_out"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("select", "--labelled", "none", "--new", "none"), "cannot read"),
        (("calibrate", "--task", "countdown", "--strategy", "greedi", "--out", "x"), "did you mean 'greedy'"),
        (("calibrate", "--task", "countdown", "--strategy", "greedy", "--out", "x", "--problems", 0), "1 or above"),
    ],
)
def test_bad_input_is_told(outlay: Outlay, arguments: tuple[object, ...], told: str) -> None:
    ended = outlay("verify", *arguments)
    assert ended.code == 2
    assert told in " ".join(ended.err.split())


def test_scores_that_are_not_there_are_named(outlay: Outlay, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    some(tmp_path / "old.jsonl", 5, rng)
    some(tmp_path / "new.jsonl", 5, rng)
    files = ("--labelled", tmp_path / "old.jsonl", "--new", tmp_path / "new.jsonl")
    ended = outlay("verify", "select", *files, "--score", "best")
    assert ended.code == 2
    assert "no score 'best'" in ended.err
    assert outlay("verify", "select", *files, "--fdr", 1).code == 2
