"""Every verifier that ships judges answers from the command line, by ``solve`` and by ``bench``, within a budget."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from outlay.core.labelled import LabelledAnswer, write_answers
from outlay.verifiers import VERIFIERS
from tests.cli.conftest import Outlay
from tests.cli.talking_server import QUESTION, talking

POCKET = {
    "exact": ("countdown", "exact"),
    "step_check": ("countdown", "step_check"),
    "process_reward": ("countdown", "process_reward"),
    "noisy": ("countdown", "noisy(of=step_check)"),
    "tool_check": ("countdown", "tool_check"),
    "tests": ("program", "tests"),
    "ensemble": ("program", "ensemble(of=[tests, process_reward], combine=min)"),
    "cascade": ("program", "cascade(of=[process_reward, tests])"),
    "calibrated": ("program", "calibrated(of=process_reward, path='{folder}/verdicts.jsonl', method=platt)"),
}
"""On tasks that the embedded model has learnt."""

TALKED = {
    "maths": "maths",
    "self_evaluation": "self_evaluation",
    "generative": "generative(samples=2)",
    "judge": "judge",
    "pairwise": "pairwise",
    "listwise": "listwise",
    "backward": "backward(samples=1)",
    "program_of_thought": "program_of_thought(samples=1)",
    "step_labels": "step_labels",
    "fused": "fused(of=judge, path='{folder}/known.jsonl')",
    "remote_reward": "remote_reward(model=m, base_url='{url}')",
}
"""On a question of a file, answered and judged by a chat server."""

CODE = {"code": "code", "generated_tests": "generated_tests"}
"""On a program of a file."""

FORMAL = {"logic": "logic", "proof": "proof", "proof_command": "proof_command(command='cat')"}
"""On formulas, which the task of the same name has."""

ELSEWHERE = {"hugging_face": "tests_interop/test_hugging_face_reward.py"}
"""It needs transformers."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with talking() as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "apples.jsonl").write_text(json.dumps({"prompt": QUESTION, "answer": "7"}))
    test = "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(5) == 10\n"
    line = {"task_id": "d", "prompt": 'def double(x):\n    """Twice x."""\n', "entry_point": "double", "test": test}
    (tmp_path / "code.jsonl").write_text(json.dumps(line))
    verdicts = [LabelledAnswer(str(i), i % 3 > 0, 9, {"process_reward": (i % 3 + 1) / 4}) for i in range(9)]
    write_answers(tmp_path / "verdicts.jsonl", verdicts)
    (tmp_path / "known.jsonl").write_text(json.dumps({"prompt": QUESTION, "answer": "7", "score": 1.0}))
    return tmp_path


def check_solved(outlay: Outlay, verifier: str, *question: object) -> None:
    ended = outlay(
        "solve",
        *question,
        "--strategy",
        "best_of_n(n=4)",
        "--verifier",
        verifier,
        "--budget",
        "tokens=200000",
        "--json",
    )
    assert (ended.code, ended.err) == (0, "")
    found = json.loads(ended.out)
    assert len(found["candidates"]) == 4
    judged = [one for one in found["candidates"] if one["score"] is not None]
    assert judged
    assert found["stopped_by"] == "strategy"
    assert found["correct"] is not None


def check_measured(outlay: Outlay, folder: Path, task: str, model: str, verifier: str) -> None:
    quoted = verifier.replace('"', "'")
    (folder / "e.toml").write_text(
        f'name = "e"\nquestions = 1\ntasks = [{task}]\nmodels = ["{model}"]\nverifiers = ["{quoted}"]\n'
        'strategies = ["best_of_n(n=3)"]\n'
    )
    ended = outlay("bench", folder / "e.toml", "--out", folder / "out")
    assert ended.code == 0, ended.err
    assert "best_of_n" in ended.out


def test_all_are_here_or_named() -> None:
    assert {*POCKET, *TALKED, *CODE, *FORMAL, *ELSEWHERE} == set(VERIFIERS)


@pytest.mark.parametrize("name", POCKET)
def test_it_judges_answers_of_the_embedded_model(outlay: Outlay, folder: Path, name: str) -> None:
    task, verifier = POCKET[name][0], POCKET[name][1].format(folder=folder)
    check_solved(outlay, verifier, "--task", task, "--level", 1, "--seed", 3)
    check_measured(outlay, folder, f'{{name = "{task}", level = 1}}', "pocket", verifier)


@pytest.mark.parametrize("name", TALKED)
def test_it_judges_answers_of_a_chat_server(outlay: Outlay, folder: Path, url: str, name: str) -> None:
    verifier = TALKED[name].format(folder=folder, url=url)
    model = f"openai(model=m, base_url='{url}/v1', stream=false)"
    check_solved(outlay, verifier, "--task", f"jsonl(path='{folder}/apples.jsonl')", "--model", model)
    task = '{name = "jsonl", path = "apples.jsonl"}'
    check_measured(outlay, folder, task, model, verifier)


@pytest.mark.parametrize("name", CODE)
def test_it_judges_programs_of_a_chat_server(outlay: Outlay, folder: Path, url: str, name: str) -> None:
    model = f"openai(model=m, base_url='{url}/v1', stream=false)"
    check_solved(outlay, CODE[name], "--task", f"code_jsonl(path='{folder}/code.jsonl')", "--model", model)
    check_measured(outlay, folder, '{name = "code_jsonl", path = "code.jsonl"}', model, CODE[name])


@pytest.mark.parametrize("name", FORMAL)
def test_it_judges_what_a_chat_server_makes_of_formulas(outlay: Outlay, folder: Path, url: str, name: str) -> None:
    task, model = name.partition("_")[0], f"openai(model=m, base_url='{url}/v1', stream=false)"
    check_solved(outlay, FORMAL[name], "--task", task, "--level", 1, "--model", model)
    check_measured(outlay, folder, f'{{name = "{task}", level = 1}}', model, FORMAL[name])
