"""``outlay verify logic`` and ``outlay verify proof``: exit codes, JSON, and clear messages."""

import json
from pathlib import Path

import anyio
import numpy as np
import pytest

from outlay.core.ledger import Ledger
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.models.replay import Replay
from outlay.tasks.exercise import ask
from outlay.tasks.free_answer import FreeAnswer
from outlay.testing.scripted import ScriptedModel
from outlay.verifiers.logic.verifier import Logic
from tests.cli.conftest import Outlay

PREMISES = "# pets\n∀x (cat(x) → likes(x, milk))\ncat(tom)\n"
PROOF = """1. all x. (cat(x) -> likes(x, milk)) [premise]
2. cat(tom) [premise]
3. cat(tom) -> likes(tom, milk) [allE 1]
4. likes(tom, milk) [->E 3, 2]
"""


@pytest.fixture
def problem(tmp_path: Path) -> Path:
    path = tmp_path / "p.txt"
    path.write_text(PREMISES + "conclusion: likes(tom, milk)\n")
    return path


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        ("True", 0, "passed (score 1): the answer is true; the conclusion follows"),
        ("False", 1, "not passed (score 0): the answer is false; the conclusion follows"),
        ("uncertain", 1, "not passed (score 0): the answer is unknown; the conclusion follows"),
    ],
)
def test_an_answer_is_judged_by_the_prover(outlay: Outlay, problem: Path, answer: str, code: int, said: str) -> None:
    ended = outlay("verify", "logic", "--problem", problem, "--answer", answer)
    assert (ended.code, ended.err) == (code, "")
    assert ended.out.startswith(said)
    found = json.loads(outlay("verify", "logic", "--problem", problem, "--answer", answer, "--json").out)
    assert set(found) == {"score", "passed", "reason", "seconds"}
    assert found["passed"] == (code == 0)


def test_what_is_open_shows_a_countermodel(outlay: Outlay, tmp_path: Path) -> None:
    path = written(tmp_path / "open.txt", PREMISES + "⊢ likes(milk, tom)")
    ended = outlay("verify", "logic", "--problem", path, "--answer", "Unknown")
    assert ended.code == 0
    assert "it is false with objects 0" in ended.out


def test_what_the_prover_cannot_tell_is_no_pass(outlay: Outlay, tmp_path: Path) -> None:
    path = written(tmp_path / "both.txt", "p\n-p\n|- q")
    ended = outlay("verify", "logic", "--problem", path, "--answer", "True", "--json")
    assert ended.code == 2
    assert json.loads(ended.out)["passed"] is None
    endless = "all x. -R(x, x)\nall x y z. (R(x, y) & R(y, z) -> R(x, z))\nall x. exists y. R(x, y)\n|- false"
    path = written(tmp_path / "endless.txt", endless)
    ended = outlay("verify", "logic", "--problem", path, "--answer", "True", "--seconds", 0.2)
    assert ended.code == 2
    assert "could not be judged" in ended.out


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        ("Tom is a cat. Is he?", ("--answer", "True"), "line 1, column 5: expected '&'"),
        ("Tom is a cat. Is he?", ("--answer", "True"), "name a --model that translates natural language"),
        ("p\nq &", ("--answer", "True"), "line 2, column 4: expected a formula, found the end"),
        ("p\nq", ("--answer", "True"), "expected a last line  conclusion: FORMULA"),
        ("|- p", ("--answer", "maybe"), "answer must be True, False or Unknown"),
        ("|- p", ("--answer", "True", "--seconds", 0), "seconds must be between 0.05 and 600"),
        ("|- p", ("--answer", "True", "--seed", -1), "--seed must be 0 or above"),
        ("|- p", ("--answer", "True", "--model", "simulated"), "which model 'simulated' does not offer"),
        ("|- p", ("--answer", "True", "--model", "simulatd"), "did you mean 'simulated'?"),
        ("|- p", (), "Missing option '--answer'"),
    ],
)  # fmt: skip
def test_a_mistake_gets_a_message(
    outlay: Outlay, tmp_path: Path, text: str, arguments: tuple[object, ...], said: str
) -> None:
    ended = outlay("verify", "logic", "--problem", written(tmp_path / "p.txt", text), *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_a_file_that_is_not_there_gets_a_message(outlay: Outlay, tmp_path: Path, problem: Path) -> None:
    for command in (("logic", "--answer", "True"), ("proof", "--answer", problem)):
        ended = outlay("verify", command[0], "--problem", tmp_path / "none", *command[1:])
        assert (ended.code, ended.out) == (2, "")
        assert "cannot read" in ended.err


def test_a_model_translates_natural_language(outlay: Outlay, tmp_path: Path) -> None:
    text = "Tom is a cat. Cats like milk. Does Tom like milk?"
    path = written(tmp_path / "p.txt", text)
    recording = tmp_path / "calls.jsonl"
    says = ScriptedModel(lambda messages, rng: PREMISES + "conclusion: likes(tom, milk)")

    async def record() -> None:
        problem = Problem("question", ask(text), FreeAnswer())
        run = Run(Replay(str(recording), says), Ledger(), np.random.default_rng(0))
        await Logic(seed=3).judge(problem, [Trajectory(problem).extend(Step("True"), Finish.END)], run)

    anyio.run(record)
    arguments = ("verify", "logic", "--problem", path, "--model", f"replay(path={str(recording)!r})", "--seed", 3)
    ended = outlay(*arguments, "--answer", "True")
    assert (ended.code, ended.err) == (0, "")
    assert "2 of 3 translations say true: the conclusion follows" in ended.out
    assert outlay(*arguments, "--answer", "False").code == 1
    assert outlay(*arguments, "--answer", "True", "--seed", 4).code == 2


def test_a_model_that_cannot_read_the_question_gets_a_message(outlay: Outlay, tmp_path: Path) -> None:
    path = written(tmp_path / "p.txt", "ana is dax. is ana dax?")
    ended = outlay("verify", "logic", "--problem", path, "--answer", "True", "--model", "pocket_dialogue")
    assert (ended.code, ended.out) == (2, "")
    assert "the pocket model cannot read" in ended.err


@pytest.mark.parametrize(
    ("proof", "code", "said"),
    [
        (PROOF, 0, "passed (score 1): all 4 lines are right"),
        (PROOF.replace("->E 3, 2", "->E 3, 1"), 1, "not passed (score 0): line 4: this does not follow by ->E"),
        (PROOF.rpartition("4.")[0], 1, "not passed (score 0): all 3 lines are right, but the last is not"),
        ("", 1, "not passed"),
    ],
)
def test_a_proof_is_checked(outlay: Outlay, problem: Path, tmp_path: Path, proof: str, code: int, said: str) -> None:
    file = written(tmp_path / "proof.txt", proof)
    ended = outlay("verify", "proof", "--problem", problem, "--answer", file)
    assert (ended.code, ended.err) == (code, "")
    assert ended.out.startswith(said)
    found = json.loads(outlay("verify", "proof", "--problem", problem, "--answer", file, "--json").out)
    assert (found["passed"], found["score"]) == (code == 0, float(code == 0))


def test_a_task_is_solved_with_its_judge(outlay: Outlay) -> None:
    question = ("solve", "--level", 2, "--strategy", "best_of_n(n=8)", "--json")
    model = ("--model", "simulated(pass_rate=0.5)")
    found = json.loads(outlay(*question, *model, "--task", "logic", "--seed", 1, "--verifier", "logic").out)
    assert found["correct"]
    assert found["confidence"] == 1.0
    found = json.loads(outlay(*question, *model, "--task", "proof", "--seed", 1, "--verifier", "exact").out)
    assert found["correct"]
