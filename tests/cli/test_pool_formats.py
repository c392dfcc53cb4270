"""``outlay pool`` from files of other people and back, drawn, judged and taken from a run, as on a command line."""

import json
from pathlib import Path

import numpy as np
import pytest

from outlay.pools import Pool
from tests.cli.conftest import Outlay
from tests.cli.test_bad_input import check_refused

ROWS = [
    {"problem": "p", "question": "1+1?", "reference": "2", "text": "answer: 2", "scores": {"judge": 0.9}},
    {"problem": "p", "text": "answer: 3", "scores": {"judge": 0.2}},
    {"problem": "q", "question": "half?", "reference": "1/2", "text": ["0.5", "\\frac{1}{2}"], "correct": [None, None]},
]
EXPERIMENT = """
questions = 2
tasks = [{name = "chain", level = 1}]
models = ["simulated"]
strategies = ["self_consistency(n=3)"]
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return tmp_path


def test_import_then_export_then_import_again(here: Path, outlay: Outlay) -> None:
    ended = outlay("pool", "import", "rows.jsonl", "a.parquet")
    assert (ended.code, ended.out) == (0, "4 samples of 2 problems, 4 graded: a.parquet\n")
    first, second = Pool.open("a.parquet").problems()
    assert (first.correct.tolist(), second.correct.tolist()) == ([1, 0], [1, 0])  # type: ignore[union-attr]
    for target, name in (("csv", "a.csv"), ("parquet", "rows.parquet"), ("jsonl", "b.jsonl"), ("monkeys", "m.json"),
                         ("search-and-learn", "s.jsonl"), ("monkeys", "folder")):  # fmt: skip
        assert outlay("pool", "export", "a.parquet", name, "--to", target).code == 0, target
    assert (here / "a.csv").read_text().startswith("problem,task,level,model,question")
    for name in ("b.jsonl", "m.json", "s.jsonl", "folder"):
        assert outlay("pool", "import", name, "b.parquet").code == 0, name
        assert [one.text for one in Pool.open("b.parquet").problems()] == [first.text, second.text]


def test_by_mathematics_a_fraction_is_a_decimal(here: Path, outlay: Outlay) -> None:
    assert outlay("pool", "import", "rows.jsonl", "a.parquet", "--verifier", "maths").code == 0
    _, second = Pool.open("a.parquet").problems()
    assert second.correct.tolist() == [1, 1]  # type: ignore[union-attr]


def test_bad_lines_are_named_counted_and_told_by_the_exit_code(here: Path, outlay: Outlay) -> None:
    with (here / "rows.jsonl").open("a") as file:
        file.write('{"problem": "p", "colour": "red"}\noops\n' + '{"text": "x"}\n' * 30)
    ended = outlay("pool", "import", "rows.jsonl", "a.parquet", "--from", "jsonl")
    assert ended.code == 1
    assert "4 samples of 2 problems" in ended.out
    assert 'line 6: it has no "problem"' in ended.err
    assert "line 5: not JSON" in ended.err
    assert "and 12 more" in ended.err
    assert "32 left out" in ended.err
    assert "keys that a pool has no column for are left out: colour" in ended.err


def test_the_outcome_of_a_search_is_noted(here: Path, outlay: Outlay) -> None:
    (here / "beam_search_completions.jsonl").write_text('{"problem": "1+1?", "answer": "2", "completions": ["2"]}\n')
    ended = outlay("pool", "import", "beam_search_completions.jsonl", "a.parquet")
    assert ended.code == 0
    assert "is the outcome of a search" in ended.err


def test_a_pool_is_drawn_judged_and_gone_on_with(here: Path, outlay: Outlay) -> None:
    asked = ("pool", "sample", "--task", "chain", "--level", 1, "--model", "simulated", "--n", 5, "--questions", 3,
             "--out", "a.parquet", "--seed", 2)  # fmt: skip
    ended = outlay(*asked, "--verifier", "exact", "--verifier", "noisy(of=exact, false_positive=0.5)")
    assert (ended.code, ended.out) == (0, "15 samples of 3 problems: a.parquet\n")
    pool = Pool.open("a.parquet")
    assert pool.verifiers == ("exact", "noisy(of=exact, false_positive=0.5)")
    assert (pool.manifest.seed, pool.manifest.temperature, pool.manifest.top_p) == (2, 1.0, 1.0)
    for one in pool.problems():
        np.testing.assert_array_equal(one.scores["exact"], one.correct)
    again = outlay(*asked, "--verifier", "exact")
    assert again.code == 0
    assert "paid now: 0 tokens" in again.err
    ended = outlay("pool", "judge", "a.parquet", "--verifier", "step_check", "--out", "b.parquet")
    assert (ended.code, ended.out) == (0, "15 verdicts, 0 undecided: b.parquet\n")
    assert Pool.open("b.parquet").verifiers == ("exact", "step_check")
    assert sorted(one.name for one in here.iterdir()) == ["a.parquet", "a.parquet.run", "b.parquet", "rows.jsonl"]


def test_a_run_becomes_a_pool(here: Path, outlay: Outlay) -> None:
    (here / "e.toml").write_text(EXPERIMENT)
    assert outlay("bench", "e.toml", "--out", "run").code == 0
    ended = outlay("pool", "from-run", "run", "a.parquet")
    assert ended.code == 0
    assert ended.out == "6 samples of 2 problems, drawn for self_consistency(n=3): a.parquet\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import", "nowhere.jsonl", "a.parquet"), "there is no file or folder 'nowhere.jsonl'"),
        (("import", "rows.jsonl", "nowhere/a.parquet"), "there is no folder 'nowhere' to write 'a.parquet' into"),
        (("import", "rows.jsonl", "."), "'.' is a folder; it must be a file"),
        (("import", "rows.jsonl", "a.parquet", "--from", "monkies"), "did you mean 'monkeys'?"),
        (("import", "rows.jsonl", "a.parquet", "--rule", "free"), "unknown answer rule 'free'"),
        (("import", "rows.jsonl", "a.parquet", "--verifier", "exact"), "import grades by mathematics alone"),
        (("import", "rows.jsonl", "a.parquet", "--verifier", "maths(seconds=0)"), "seconds=0.0 is not valid"),
        (("import", "rows.jsonl", "a.parquet", "--from", "monkeys"), "no sample could be read; line 1"),
        (("import", "old.yaml", "a.parquet", "--from", "search-and-learn"), 'it has no "problem"'),
        (("import", "rows.txt", "a.parquet"), "cannot tell what 'rows.txt' is by its name"),
        (("import", "rows.txt", "a.parquet", "--from", "jsonl"), "must be a file of JSON lines"),
        (("import", "empty", "a.parquet"), "the folder 'empty' holds nothing that can be read"),
        (("export", "nowhere.parquet", "a.csv", "--to", "csv"), "there is no pool 'nowhere.parquet'"),
        (("export", "rows.txt", "a.csv", "--to", "csv"), "rows.txt is not a pool"),
        (("export", "pool.parquet", "a.csv", "--to", "xlsx"), "unknown format 'xlsx'"),
        (("export", "pool.parquet", "pool.parquet", "--to", "parquet"), "cannot be exported onto itself"),
        (("export", "pool.parquet", "a.csv", "--to", "csv", "--column", "txt"), "did you mean 'text'?"),
        (("export", "pool.parquet", "a.json", "--to", "monkeys", "--column", "text"), "has columns of its own"),
        (("export", "pool.parquet", "a.json", "--to", "monkeys", "--verifier", "judge"), "does not ask for a verifier"),
        (("export", "pool.parquet", "a.jsonl", "--to", "search-and-learn", "--verifier", "jduge"), "'judge'?"),
        (("export", "marks.parquet", "a.json", "--to", "monkeys"), "lacks the text of a sample"),
        (("export", "marks.parquet", "a.jsonl", "--to", "search-and-learn"), "lacks its question or the text"),
        (("judge", "nowhere.parquet", "--verifier", "exact"), "there is no pool 'nowhere.parquet'"),
        (("judge", "rows.txt", "--verifier", "exact"), "rows.txt is not a pool"),
        (("judge", "pool.parquet", "--verifier", "exat"), "did you mean 'exact'?"),
        (("judge", "pool.parquet", "--verifier", "tests"), "visible tests"),
        (("judge", "pool.parquet", "--verifier", "judge"), "verifier 'judge' needs dialogue"),
        (("judge", "pool.parquet", "--verifier", "exact", "--model", "pokcet"), "did you mean 'pocket'?"),
        (("judge", "pool.parquet", "--verifier", "exact", "--concurrency", 0), "concurrency=0 is not valid"),
        (("judge", "pool.parquet", "--verifier", "exact", "--out", "no/a.parquet"), "there is no folder 'no'"),
        (("judge", "marks.parquet", "--verifier", "exact"), "does not say what was asked"),
        (("judge", "pool.parquet"), "Missing option"),
        (("sample", "--task", "chian", "--out", "a.parquet"), "did you mean 'chain'?"),
        (("sample", "--task", "chain", "--out", "a.parquet", "--level", 9), "level must be from 1 to 6"),
        (("sample", "--task", "chain", "--out", "a.parquet", "--model", "pokcet"), "did you mean 'pocket'?"),
        (("sample", "--task", "chain", "--out", "a.parquet", "--verifier", "exat"), "did you mean 'exact'?"),
        (("sample", "--task", "chain", "--out", "a.parquet", "--n", 0), "n=0 is not valid"),
        (("sample", "--task", "chain", "--out", "a.parquet", "--top-p", 0), "top_p=0.0 is not valid"),
        (("sample", "--task", "chain", "--out", "."), "'.' is a folder"),
        (("sample", "--task", "chain", "--out", "b.parquet", "--verifier", "tests"), "visible tests"),
        (("sample", "--task", "chain", "--out", "b.parquet", "--verifier", "judge"), "verifier 'judge' needs dialogue"),
        (("export", "pool.parquet", "no/a.csv", "--to", "csv"), "there is no folder 'no'"),
        (("export", "pool.parquet", ".", "--to", "csv"), "'.' is a folder"),
        (("export", "pool.parquet", ".", "--to", "monkeys"), "holds YAML files already"),
        (("sample", "--task", "jsonl(path='mine.jsonl')", "--out", "a.parquet", "--level", 1), "has no levels"),
        (("sample", "--task", "jsonl(path='mine.jsonl')", "--out", "a.parquet", "--questions", 9), "at most 1, all"),
        (("sample", "--task", "jsonl(path='mine.jsonl')", "--out", "a.parquet", "--model", "simulated"),
         "no question could be sampled; the last failed with: MissingCapabilityError"),
        (("from-run", "nowhere", "a.parquet"), "there are no results in 'nowhere'"),
        (("from-run", ".", "a.parquet"), "it has no file results.sqlite"),
    ],
)  # fmt: skip
def test_a_mistake_gets_one_message_and_leaves_nothing(
    here: Path, outlay: Outlay, arguments: tuple[object, ...], said: str
) -> None:
    (here / "empty").mkdir()
    (here / "old.yaml").write_text("samples: [x]")
    (here / "rows.txt").write_text("{}")
    (here / "mine.jsonl").write_text('{"prompt": "why?"}\n')
    (here / "marks.jsonl").write_text('{"problem": "p", "correct": true}\n')
    assert outlay("pool", "import", "rows.jsonl", "pool.parquet").code == 0
    assert outlay("pool", "import", "marks.jsonl", "marks.parquet").code == 0
    before = {one.name for one in here.iterdir()}
    ended = outlay("pool", *arguments)
    check_refused(ended, said)
    left = {one.name for one in here.iterdir()} - before
    assert left <= {"a.parquet.run"}
