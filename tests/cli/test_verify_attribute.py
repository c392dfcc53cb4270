"""``outlay verify attribute``: from a failed answer to its decisive step, and what it refuses."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Outlay

ASKED = ("verify", "attribute", "--task", "procedure", "--level", 2, "--seed", 3)
QUESTION = "hcjaff: double 6; replace j c; drop 4"
WRONG = "double 6>hcjafff\nreplace j c>hccacff\ndrop 4>hcccff\nanswer:hcccff\n"
RIGHT = "double 6>hcjafff\nreplace j c>hccafff\ndrop 4>hccfff\nanswer:hccfff\n"


@pytest.fixture
def failed(tmp_path: Path) -> Path:
    path = tmp_path / "failed.txt"
    path.write_text(WRONG)
    return path


def test_the_wrong_step_of_a_given_answer_is_found_and_replaced(outlay: Outlay, failed: Path) -> None:
    judge = ("--judge", "step_scores(of=step_check)")
    ended = outlay(*ASKED, "--answer", failed, "--rollouts", 24, "--replace", 4, *judge)
    assert ended.code == 0
    assert "step 2 is decisive" in ended.out
    assert "judge: step 2" in ended.out
    assert "step 2 replaced by others" in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80


def test_the_object_has_every_figure_and_the_same_seed_gives_the_same(outlay: Outlay, failed: Path) -> None:
    asked = (*ASKED, "--answer", failed, "--rollouts", 16, "--budget", "tokens=20000", "--json")
    ended = outlay(*asked)
    found = json.loads(ended.out)
    assert (ended.code, found["decisive"], found["problem"]) == (0, 2, "procedure/2/3")
    assert [step["text"] for step in found["steps"]] == WRONG.rstrip("\n").splitlines(keepends=True)
    assert sum(step["probability"] for step in found["steps"]) + found["no_step"] == pytest.approx(1)
    assert found["steps"][1]["before"]["estimate"] > found["steps"][1]["after"]["estimate"]
    assert sum(step["rollouts"] for step in found["steps"]) <= 16
    assert 0 < found["cost"]["tokens"] <= 20000
    again = json.loads(outlay(*asked).out)
    found["cost"]["seconds"] = again["cost"]["seconds"] = 0
    assert again == found


def test_a_judge_alone_is_enough_and_an_answer_is_drawn_if_none_is_given(outlay: Outlay) -> None:
    asked = ("verify", "attribute", "--task", "countdown", "--seed", 2, "--rollouts", 0, "--json")
    found = json.loads((ended := outlay(*asked, "--judge", "step_scores(of=step_check)")).out)
    assert ended.code == 0
    assert found["judge"]["decisive"] == found["decisive"] is not None
    assert found["no_step"] is None


def test_where_the_model_had_no_chance_no_step_is_decisive(outlay: Outlay) -> None:
    ended = outlay("verify", "attribute", "--task", "chain", "--level", 5, "--rollouts", 120)
    assert ended.code == 1
    assert "no step is decisive" in ended.out


def test_what_cannot_be_told_is_no_verdict(outlay: Outlay, failed: Path) -> None:
    ended = outlay(*ASKED, "--answer", failed, "--budget", "calls=2")
    assert ended.code == 2
    assert "not told" in ended.out
    judge = ("--judge", "asked(model=pocket_dialogue, form=criticise)", "--budget", "tokens=10")
    ended = outlay(*ASKED, "--answer", failed, "--rollouts", 0, *judge)
    assert ended.code == 2
    assert "cannot tell" in ended.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--level", 9), "level"),
        (("--seed", -1), "0 or above"),
        (("--rollouts", -1), "0 or above"),
        (("--rollouts", 2), "one for each step"),
        (("--rollouts", 0), "name one"),
        (("--replace", -1), "0 or above"),
        (("--judge", "asket"), "did you mean 'asked'"),
        (("--judge", "asked"), "a model that converses"),
        (("--judge", "asked(model=pocket_dialogue)"), "cannot read"),
        (("--judge", "step_scores(of=exact)"), "verdicts on steps"),
        (("--judge", "step_scores"), "step_scores(of=...)"),
        (("--budget", "token=5"), "did you mean"),
        (("--model", "pocke"), "did you mean 'pocket'"),
        (("--task", "chains"), "did you mean 'chain'"),
        (("--answer", "nowhere.txt"), "cannot read"),
    ],
)
def test_what_cannot_be_attributed_is_refused(
    outlay: Outlay, failed: Path, arguments: tuple[object, ...], told: str
) -> None:
    ended = outlay(*ASKED, "--answer", failed, *arguments)
    assert ended.code == 2
    assert told in " ".join(ended.err.split())
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("content", "told"),
    [(RIGHT.encode(), "the answer is right"), (b"", "empty"), (b"\n\n", "empty"), (b"\xff\xfe", "cannot read"),
     (b"a\n" * 700, "one for each step"), (b"x" * 700 + b"\nanswer:x", "context"),
     ("é\nanswer:x".encode(), "cannot read 'é'")],
)  # fmt: skip
def test_a_file_without_a_failed_answer_is_refused(outlay: Outlay, tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "answer.txt"
    path.write_bytes(content)
    ended = outlay(*ASKED, "--answer", path)
    assert ended.code == 2
    assert told in " ".join(ended.err.split())


def test_a_model_that_is_always_right_leaves_nothing_to_attribute(outlay: Outlay) -> None:
    ended = outlay("verify", "attribute", "--task", "procedure", "--level", 1, "--seed", 1, "--budget", "samples=1")
    assert ended.code == 2
    assert "budget is out, and no answer has failed" in ended.err
