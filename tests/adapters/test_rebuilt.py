"""The problems of a stored run are drawn again, and not taken for others."""

import json
from dataclasses import replace
from pathlib import Path

from outlay.adapters.rebuilt import Rebuilt, answer_of
from outlay.bench.grid import Cell
from outlay.bench.records import TrialRecord
from outlay.core.cost import NOTHING
from outlay.core.problem import AnsweredReference
from outlay.tasks.countdown import Countdown
from outlay.tasks.exercise import problems

CELL = Cell("countdown", 1, "pocket", "greedy", "", "unlimited", 0)


def record(question: str) -> TrialRecord:
    return TrialRecord(question, None, None, None, "strategy", "", NOTHING, (), ())


def test_a_generated_question_is_drawn_again(tmp_path: Path) -> None:
    (asked,) = problems(Countdown(), 1, [3])
    found = Rebuilt(tmp_path).problem(CELL, 3, record(asked.messages[-1].content))
    assert found == asked
    assert isinstance(asked.reference, AnsweredReference)
    assert answer_of(found) == asked.reference.answer


def test_another_question_is_not_taken_for_it(tmp_path: Path) -> None:
    assert Rebuilt(tmp_path).problem(CELL, 3, record("use 1 2 3 to make 6")) is None
    assert answer_of(None) == ""


def test_a_file_is_found_where_the_experiment_was(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text(json.dumps({"prompt": "1+1?", "answer": "2"}) + "\n")
    cell = replace(CELL, task="jsonl(path='mine.jsonl')", level=0)
    found = Rebuilt(tmp_path).problem(cell, 0, record("1+1?"))
    assert found is not None
    assert found.messages[-1].content == "1+1?"
    assert answer_of(found) == "2"
    assert Rebuilt(tmp_path).problem(cell, 5, None) is None
    assert Rebuilt(tmp_path / "elsewhere").problem(cell, 0, record("1+1?")) is None
    assert Rebuilt(tmp_path).problem(replace(CELL, task="no_such_task"), 0, None) is None
