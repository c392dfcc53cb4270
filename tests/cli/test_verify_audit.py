"""``outlay verify audit``: from a task or from kept verdicts to a page, and what it refuses."""

from pathlib import Path

import pytest

from tests.cli.conftest import Outlay


def test_it_audits_verifiers_on_a_task_and_again_from_what_it_kept(outlay: Outlay, tmp_path: Path) -> None:
    asked = ("--task", "countdown", "--level", 1, "--problems", 6, "--samples", 4)
    named = ("--verifier", "process_reward", "--verifier", "self_evaluation(model=pocket_dialogue)")
    ended = outlay("verify", "audit", *asked, *named, "--out", tmp_path / "first")
    assert ended.code == 0
    assert "process_reward" in ended.out
    again = outlay("verify", "audit", "--verdicts", tmp_path / "first" / "verdicts.jsonl", "--out", tmp_path / "second")
    assert again.code == 0
    assert (tmp_path / "second" / "audit.html").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "either --task"),
        (("--task", "countdown"), "name who is audited"),
        (("--task", "countdown", "--verifier", "proces_reward"), "did you mean 'process_reward'"),
        (("--task", "countdown", "--verifier", "exact", "--problems", 0), "1 or above"),
        (("--task", "countdown", "--verifier", "tests"), "visible tests"),
        (("--verdicts", "nowhere.jsonl"), "cannot read"),
    ],
)
def test_what_cannot_be_audited_is_refused(
    outlay: Outlay, tmp_path: Path, arguments: tuple[object, ...], told: str
) -> None:
    ended = outlay("verify", "audit", *arguments, "--out", tmp_path)
    assert ended.code == 2
    assert told in " ".join(ended.err.split())
