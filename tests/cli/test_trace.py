"""Traces on the command line: of one question, and of the trials of a run."""

import json
import re
from pathlib import Path

import anyio
import pytest

from outlay.bench.experiment import read
from outlay.bench.runner import run
from outlay.cli.parts import PARTS
from tests.cli.conftest import Outlay

QUESTION = ("solve", "--task", "chain", "--level", 2, "--seed", 7)
MODEL = ("--model", "simulated(pass_rate=0.4)")
EXPERIMENT = """
questions = 2
tasks = [{name = "chain", level = 1}]
models = ["simulated(pass_rate=0.4)"]
strategies = ["greedy", {strategy = "beam_search(width=2, expansion=2)", verifier = "step_check"}]
seeds = [0, 1]
"""


def ran(folder: Path, source: str = EXPERIMENT) -> Path:
    anyio.run(lambda: run(read(source, PARTS, folder / "small.toml"), PARTS, folder))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ran(tmp_path_factory.mktemp("run"))


def test_one_question_is_traced_to_json_and_to_a_page(outlay: Outlay, tmp_path: Path) -> None:
    strategy = ("--strategy", "particle_filter(n=4)", "--verifier", "step_check", "--budget", "tokens=9000")
    plain = outlay(*QUESTION, *MODEL, *strategy)
    ended = outlay(*QUESTION, *MODEL, *strategy, "--trace", tmp_path / "t.json")
    assert (ended.code, ended.out) == (0, plain.out)
    trace = json.loads((tmp_path / "t.json").read_text())
    assert trace["version"] == 1
    assert trace["about"] == {
        "strategy": "particle_filter(n=4)", "verifier": "step_check", "model": MODEL[1], "budget": "tokens=9000",
        "seed": 7,
    }  # fmt: skip
    assert trace["answer"]["value"] == ended.out.strip()
    assert outlay(*QUESTION, *MODEL, *strategy, "--trace", tmp_path / "t.html").code == 0
    page = (tmp_path / "t.html").read_text()
    assert "particle_filter(n=4) with step_check" in page
    assert "http" not in page.replace("http://www.w3.org/", "").replace("http-equiv", "")


@pytest.mark.parametrize(
    ("name", "said"),
    [("t.txt", "a trace is written to FILE.html or FILE.json; got"), ("none/t.html", "there is no folder")],
)
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_asked(
    outlay: Outlay, tmp_path: Path, name: str, said: str
) -> None:
    ended = outlay(*QUESTION, *MODEL, "--trace", tmp_path / name)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_verbose_and_trace_go_together(outlay: Outlay, tmp_path: Path) -> None:
    strategy = ("--strategy", "beam_search(width=1, expansion=2)", "--verifier", "step_check")
    ended = outlay(*QUESTION, *MODEL, *strategy, "--trace", tmp_path / "t.json", "--verbose")
    trace = json.loads((tmp_path / "t.json").read_text())
    assert ended.err.count("  sample  ") == len(trace["nodes"])
    assert ended.err.count("  select  ") == sum(bool(event.get("dropped")) for event in trace["events"])


def test_a_trial_is_printed_as_a_tree(outlay: Outlay, folder: Path) -> None:
    ended = outlay("trace", folder, "--question", 1, "--strategy", "beam_search", "--seed", 0)
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert sum("[answer]" in line for line in lines) == 1
    assert any("[pruned]" in line for line in lines)
    assert all(len(line) <= 80 for line in lines)
    assert lines[1].startswith("- ")


def test_all_trials_that_fit_are_written(outlay: Outlay, folder: Path, tmp_path: Path) -> None:
    assert outlay("trace", folder, "--question", 0, "--out", tmp_path / "all.json").code == 0
    traces = json.loads((tmp_path / "all.json").read_text())
    assert [(one["about"]["strategy"].partition("(")[0], one["about"]["seed"]) for one in traces] == [
        ("greedy", 0), ("beam_search", 0), ("greedy", 1), ("beam_search", 1),
    ]  # fmt: skip
    one = ("--question", 0, "--strategy", "greedy", "--seed", 1)
    assert outlay("trace", folder, *one, "--out", tmp_path / "one.json").code == 0
    assert json.loads((tmp_path / "one.json").read_text()) == traces[2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--question", 0), "4 trials fit; name one of them"),
        (("--question", 9), "no trial of .* fits --question 9; questions are 0 to 1"),
        (("--question", 0, "--strategy", "gredy"), "fits --question 0 --strategy 'gredy'; .*known: beam_search"),
    ],
)
def test_what_does_not_name_one_trial_is_told(
    outlay: Outlay, folder: Path, arguments: tuple[object, ...], said: str
) -> None:
    ended = outlay("trace", folder, *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert re.search(said, ended.err, flags=re.DOTALL)


def test_a_run_that_kept_no_traces_says_how_to_keep_them(outlay: Outlay, tmp_path: Path) -> None:
    ended = outlay("trace", ran(tmp_path, "traces = false\n" + EXPERIMENT), "--question", 0)
    assert ended.code == 2
    assert "traces = true" in ended.err
