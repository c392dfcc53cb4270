"""``outlay bench``: what it shows, and the code that it leaves with."""

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from outlay.bench.progress import Progress, StrategyProgress
from outlay.cli.progress import LINE_SECONDS, Lines, LiveTable, Silence, display, drawing, status
from outlay.core.budget import Limit
from outlay.core.cost import Cost
from tests.cli.conftest import Outlay

FILE = """
questions = 6
tasks = [{name = "chain", level = 1}]
models = ["simulated(pass_rate=0.6)"]
strategies = ["greedy", "self_consistency(n=4)"]
"""
NEWEST = Progress(
    done=12, running=4, failed=1, total=80, charged=Cost(), paid=Cost(prompt_tokens=12345, dollars=0.5),
    left={Limit.TOKENS: 4200.0, Limit.DOLLARS: 0.125}, spent_out=False, retries=3, seconds=12.0, eta=3725.0,
    strategies={f"self_consistency(n={n})": StrategyProgress(6, 1, 3, 6, 600) for n in range(40)},
)  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file.toml"
    path.write_text(FILE)
    return path


def test_a_plan_is_shown_and_nothing_is_written(outlay: Outlay, file: Path, tmp_path: Path) -> None:
    ended = outlay("bench", file, "--out", tmp_path / "out", "--dry-run", "--budget", "tokens=2000")
    assert (ended.code, ended.err) == (0, "")
    assert "12 of 12 trials to run; nothing was asked, nothing was written" in ended.out
    assert "worst case: 2,000 tokens" in ended.out
    assert not (tmp_path / "out").exists()
    outlay("bench", file, "--out", tmp_path / "out")
    again = outlay("bench", file, "--out", tmp_path / "out", "--dry-run")
    assert "0 of 12 trials to run" in again.out
    assert re.search(r"charged so far: [\d,]+ tokens", again.out)


def test_a_budget_that_does_not_suffice_is_said(outlay: Outlay, file: Path, tmp_path: Path) -> None:
    ended = outlay("bench", file, "--out", tmp_path / "out", "--budget", "tokens=1")
    assert (ended.code, ended.out) == (3, "")
    assert "the experiment's budget of tokens=1 is spent: 12 of 12 trials stay unrun" in ended.err
    partly = outlay("bench", file, "--out", tmp_path / "out", "--budget", "tokens=700")
    assert partly.code == 3
    assert "greedy" in partly.out
    whole = outlay("bench", file, "--out", tmp_path / "out", "--budget", "tokens=1_000_000")
    assert whole.code == 0
    assert "12/12 done" in whole.err


@pytest.mark.parametrize(
    ("wanted", "code", "said"),
    [
        (["accuracy=0.1"], 0, ""),
        (["accuracy=0.1", "greedy: low=0.99"], 1, "greedy, chain, level 1, simulated(pass_rate=0.6): low 0."),
        (["acuracy=0.1"], 2, "did you mean 'accuracy'"),
        (["gredy: low=0.1"], 2, "did you mean 'greedy'"),
    ],
)
def test_thresholds_decide_the_exit_code(
    outlay: Outlay, file: Path, tmp_path: Path, wanted: list[str], code: int, said: str
) -> None:
    options = [word for one in wanted for word in ("--fail-under", one)]
    ended = outlay("bench", file, "--out", tmp_path / "out", "--quiet", *options)
    assert ended.code == code
    assert said in ended.err
    assert ended.err.count("\n") == (code != 0)


def test_quiet_shows_results_alone(outlay: Outlay, file: Path, tmp_path: Path) -> None:
    ended = outlay("bench", file, "--out", tmp_path / "out", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    assert "self_consistency" in ended.out


def test_what_ran_is_on_record(outlay: Outlay, file: Path, tmp_path: Path) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "file.toml"], ["commit", "-qm", "first"]):
        subprocess.run([*git, *words], check=True)
    outlay("bench", file, "--out", tmp_path / "out")
    file.write_text(FILE.replace("questions = 6", "questions = 7"))
    outlay("bench", file, "--out", tmp_path / "out")
    with closing(sqlite3.connect(tmp_path / "out" / "results.sqlite")) as connection:
        first, second = (json.loads(row[0]) for row in connection.execute("select details from manifest"))
    assert first["command"] == f"outlay bench {file} --out {tmp_path / 'out'}"
    assert re.fullmatch("[0-9a-f]{40}", first["commit"])
    assert second["commit"] == first["commit"] + "-changed"
    assert first["questions"] != second["questions"]
    assert first["models"]["simulated(pass_rate=0.6)"]["completion_price"] == 0.4


def test_the_line_says_everything() -> None:
    assert status(NEWEST) == (
        "12/80 done, 4 running, 1 failed, 12,345 tokens, $0.5000, tokens left 4,200, dollars left 0.125, 3 retries, "
        "0:12, ETA 1:02:05"
    )


@pytest.mark.parametrize(("height", "rows"), [(24, 18), (100, 40), (3, 1)])
def test_the_table_fits_into_the_terminal(height: int, rows: int) -> None:
    console = Console(file=StringIO(), width=80, height=height)
    console.print(drawing(NEWEST, height))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert shown.count("self_consistency") == rows
    assert (f"and {40 - rows} more" in shown) == (rows < 40)
    assert "50%" in shown
    assert len(shown.splitlines()) <= max(height, 7)
    assert max(map(len, shown.splitlines())) <= 80


def test_without_a_terminal_lines_come_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 0.0
    monkeypatch.setattr("time.monotonic", lambda: clock)
    file = StringIO()
    with Lines(Console(file=file, width=80)) as lines:
        for _ in range(50):
            clock += LINE_SECONDS / 10
            lines.show(NEWEST)
    assert file.getvalue().count("12/80 done") == 5
    assert all(line.startswith("12/80 done") for line in file.getvalue().splitlines())


def test_a_terminal_gets_a_table() -> None:
    file = StringIO()
    with LiveTable(Console(file=file, width=80, height=24, force_terminal=True, highlight=False)) as table:
        table.show(NEWEST)
    assert "self_consistency(n=0)" in file.getvalue()
    assert "ETA 1:02:05" in file.getvalue().splitlines()[-1]


def test_what_suits_is_shown() -> None:
    assert isinstance(display(quiet=True), Silence)
    assert isinstance(display(quiet=False), Lines)


def test_without_ray_the_extra_is_named(
    outlay: Outlay, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    ended = outlay("bench", file, "--out", tmp_path / "out", "--executor", "ray")
    assert ended.code == 2
    assert "--executor ray needs the extra 'ray': run  pip install 'outlay[ray]'" in ended.err
    assert not (tmp_path / "out").exists()
