"""``outlay solve`` answers within its budget and prints what it says it prints."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from outlay.models import MODELS
from outlay.strategies import STRATEGIES
from outlay.tasks import TASKS
from outlay.verifiers import VERIFIERS
from tests.cli.conftest import Outlay

KEYS = {
    "answer", "correct", "confidence", "strategy", "model", "seed", "budget", "stopped_by", "cost", "candidates",
    "curve",
}  # fmt: skip
COST = {
    "prompt_tokens", "cached_tokens", "completion_tokens", "verifier_tokens", "tokens", "samples", "calls", "dollars",
    "flops", "seconds",
}  # fmt: skip
QUESTION = ("solve", "--task", "chain", "--level", 2, "--seed", 7)
MODEL = ("--model", "simulated(pass_rate=0.4, length_spread=0.3)")


def check_cost(cost: dict[str, Any]) -> None:
    assert set(cost) == COST
    assert cost["tokens"] == cost["prompt_tokens"] + cost["completion_tokens"] + cost["verifier_tokens"]


@pytest.mark.parametrize(
    ("strategy", "verifier"),
    [
        ("greedy", None),
        ("self_consistency(n=12)", None),
        ("best_of_n(n=6)", "exact"),
        ("beam_search(width=2, expansion=2)", "step_check"),
        ("particle_filter(n=4)", "noisy(of=step_check, false_positive=0.1)"),
    ],
)
def test_json_is_one_object_with_the_documented_keys(outlay: Outlay, strategy: str, verifier: str | None) -> None:
    judge = ("--verifier", verifier) if verifier else ()
    ended = outlay(*QUESTION, *MODEL, *judge, "--strategy", strategy, "--budget", "tokens=9000,seconds=60", "--json")
    assert (ended.code, ended.err) == (0, "")
    found = json.loads(ended.out)
    assert set(found) == KEYS
    check_cost(found["cost"])
    assert found["strategy"] == strategy
    assert found["model"] == MODEL[1]
    assert found["seed"] == 7
    assert found["budget"] == {"tokens": 9000, "seconds": 60}
    assert found["stopped_by"] == "strategy"
    assert found["candidates"]
    for one in found["candidates"]:
        assert set(one) == {"value", "text", "score", "tokens"}
    for point in found["curve"]:
        assert set(point) == {"answer", "correct", "confidence", "cost"}
        check_cost(point["cost"])
    assert found["curve"][-1]["answer"] == found["answer"]
    costs = [point["cost"]["tokens"] for point in found["curve"]]
    assert costs == sorted(costs)
    assert costs[-1] <= found["cost"]["tokens"] <= 9000


def test_the_same_seed_gives_the_same_answer(outlay: Outlay) -> None:
    def answer(seed: int) -> Any:
        ended = outlay("solve", "--task", "chain", "--seed", seed, *MODEL, "--json")
        found = json.loads(ended.out)
        return found["answer"], found["candidates"]

    assert answer(3) == answer(3) != answer(4)


def test_a_budget_stops_it_and_is_named(outlay: Outlay) -> None:
    ended = outlay(*QUESTION, *MODEL, "--strategy", "self_consistency", "--budget", "samples=5", "--json")
    found = json.loads(ended.out)
    assert (found["stopped_by"], found["cost"]["samples"]) == ("samples", 5)


def test_a_budget_too_small_for_any_answer_is_no_error(outlay: Outlay) -> None:
    ended = outlay(*QUESTION, *MODEL, "--budget", "tokens=1", "--json")
    found = json.loads(ended.out)
    assert ended.code == 0
    assert (found["answer"], found["correct"], found["candidates"], found["curve"]) == (None, False, [], [])
    assert (found["cost"]["tokens"], found["stopped_by"]) == (0, "tokens")


def test_without_json_the_bare_answer_is_all_of_standard_output(outlay: Outlay) -> None:
    ended = outlay(*QUESTION, "--model", "simulated(pass_rate=1.0)", "--verbose")
    bare = json.loads(outlay(*QUESTION, "--model", "simulated(pass_rate=1.0)", "--json").out)["answer"]
    assert ended.out == f"{bare}\n"
    assert "stopped by" in ended.err
    assert "8 samples" in ended.err


def test_an_own_question_with_a_known_answer_is_marked(outlay: Outlay) -> None:
    arguments = ("solve", "how many legs have 3 cats?", *MODEL[:1], "simulated(pass_rate=1.0)", "--json")
    found = json.loads(outlay(*arguments, "--answer", "12").out)
    assert (found["answer"], found["correct"]) == ("12", True)


def test_questions_of_a_file_are_asked(outlay: Outlay, tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    file.write_text('{"prompt": "1+1?", "answer": 2}\n{"prompt": "2+2?", "answer": 4}\n')
    task = f"jsonl(path={str(file)!r})"
    found = json.loads(
        outlay("solve", "--task", task, "--seed", 3, "--model", "simulated(pass_rate=1.0)", "--json").out
    )
    assert (found["answer"], found["correct"]) == ("4", True)


def test_a_replayed_answer_is_the_recorded_one(outlay: Outlay, tmp_path: Path) -> None:
    file = str(tmp_path / "calls.jsonl")
    live = json.loads(outlay(*QUESTION, "--model", f"replay(path={file!r}, of=simulated(pass_rate=0.4))", "--json").out)
    again = json.loads(outlay(*QUESTION, "--model", f"replay(path={file!r})", "--json").out)
    for found in (live, again):
        del found["model"], found["cost"]["seconds"]
        for point in found["curve"]:
            del point["cost"]["seconds"]
    assert again == live


@pytest.mark.parametrize(
    ("kind", "catalogue", "label"),
    [("models", MODELS, "offers"), ("tasks", TASKS, "checks"), ("strategies", STRATEGIES, "needs"),
     ("verifiers", VERIFIERS, "judges")],
)  # fmt: skip
def test_lists_show_every_part_with_what_it_needs_and_offers(
    outlay: Outlay, kind: str, catalogue: Any, label: str
) -> None:
    ended = outlay(kind, "list")
    assert (ended.code, ended.err) == (0, "")
    blocks: dict[str, str] = {}
    name = ""
    for line in ended.out.splitlines():
        if not line.startswith(" ") and line.split()[0] in catalogue:
            name = line.split()[0]
        blocks[name] = blocks.get(name, "") + line + "\n"
    assert sorted(blocks) == list(catalogue)
    for text in blocks.values():
        assert "settings" in text
        assert label in text or "needs" in text


def test_lists_show_the_summaries(outlay: Outlay) -> None:
    assert STRATEGIES.build("best_of_n").info.summary in outlay("strategies", "list").out
    assert TASKS.build("chain").info.summary in outlay("tasks", "list").out


def test_a_real_process_prints_json_alone_and_fails_with_two() -> None:
    program = [sys.executable, "-c", "from outlay.cli.main import main; main()"]
    arguments = [*map(str, QUESTION), *MODEL, "--json"]
    good = subprocess.run([*program, *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert (good.returncode, good.stderr) == (0, "")
    assert set(json.loads(good.stdout)) == KEYS
    bad = subprocess.run(
        [*program, *arguments, "--seed", "-1"], capture_output=True, text=True, timeout=120, check=False
    )
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr == "outlay: --seed must be 0 or above; got -1\n"


def test_a_declined_answer_is_not_shown(outlay: Outlay) -> None:
    asked = ("solve", "--task", "countdown", "--level", 1, "--seed", 3, "--strategy", "abstain(above=1)")
    ended = outlay(*asked)
    assert (ended.code, ended.out.strip()) == (0, "declined")
    assert "not confident enough" in ended.err
    assert "answer:" not in ended.err
    found = json.loads(outlay(*asked, "--json").out)
    assert (found["answer"], found["declined"]) == (None, True)
