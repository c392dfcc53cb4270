"""The table of questions says what the records say, and holds as many traces as fit."""

import base64
from pathlib import Path

import anyio
import pytest

from outlay.bench import problem_table
from outlay.bench.experiment import read
from outlay.bench.problem_table import Problems, problem_tables
from outlay.bench.runner import run
from outlay.bench.store import StoredTrial, read_store
from outlay.bench.trace_page import embed
from outlay.bench.trace_store import pack, packed_trace, unpack
from tests.bench.fakes import PARTS

EXPERIMENT = """
questions = 12
tasks = [{name = "sums", levels = [1, 2]}]
models = ["dice"]
strategies = ["draw(n=1)", {strategy = "draw(n=3)", verifier = "oracle"}]
seeds = [0, 1]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("problems")
    anyio.run(lambda: run(read(EXPERIMENT, PARTS, made / "sums.toml"), PARTS, made))
    return made


def tables(folder: Path) -> tuple[Problems, list[StoredTrial]]:
    with read_store(folder) as store:
        trials = [*store.trials()]
        return problem_tables(store, trials), trials


def test_every_answer_is_its_records_and_every_trace_its_trials(folder: Path) -> None:
    problems, trials = tables(folder)
    assert [table.exam for table in problems.tables] == ["sums, level 1, dice", "sums, level 2, dice"]
    data = {one.id: one.data for one in problems.traces}
    assert len(data) == problems.kept == len(trials) == 12 * 2 * 2 * 2
    for table in problems.tables:
        assert table.methods == ["draw(n=1)", "draw(n=3) with oracle"]
        assert [row.number for row in table.rows] == [*range(12)]
        for row in table.rows:
            right = {given.record.correct for column in row.given for given in column}
            assert row.differs == (len(right) == 2)
            for method, column in zip(table.methods, row.given, strict=True):
                assert [given.seed for given in column] == [0, 1]
                for given in column:
                    assert given.record.question == row.question
                    trace = unpack(base64.b64decode(data[given.trace]))
                    about = trace["about"]
                    assert (about["question"], about["seed"]) == (row.number, given.seed)
                    assert method.startswith(about["strategy"])
                    assert (trace["question"], trace["answer"]["value"]) == (row.question, given.record.value)
                    assert trace["reference"] == row.reference


def test_a_large_run_shows_the_first_questions_and_those_on_which_methods_differ(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(problem_table, "FIRST_QUESTIONS", 3)
    problems, _ = tables(folder)
    for table in problems.tables:
        assert [row.number for row in table.rows[:3]] == [0, 1, 2]
        assert all(row.differs for row in table.rows[3:])
        assert len(table.rows) < table.questions == 12
    monkeypatch.setattr(problem_table, "MOST_QUESTIONS", 2)
    assert [len(table.rows) for table in tables(folder)[0].tables] == [2, 2]


def test_traces_stop_at_the_size_limit_question_by_question(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = sum(len(one.data) for one in tables(folder)[0].traces)
    monkeypatch.setattr(problem_table, "MOST_BYTES", everything // 3)
    problems, trials = tables(folder)
    size = sum(len(one.data) for one in problems.traces)
    assert everything // 6 < size <= everything // 3
    traced = [
        [all(given.trace for column in row.given for given in column) for row in table.rows]
        for table in problems.tables
    ]
    assert abs(sum(traced[0]) - sum(traced[1])) <= 1, "both exams have the traces of their first questions"
    for row in traced:
        assert row == sorted(row, reverse=True)
    assert sum(map(sum, traced)) * 4 == len(problems.traces)
    assert problems.kept == len(trials)


def test_a_run_without_traces_has_a_table_all_the_same(folder: Path, tmp_path: Path) -> None:
    source = EXPERIMENT.replace("questions = 12", "questions = 2\ntraces = false")
    anyio.run(lambda: run(read(source, PARTS, tmp_path / "sums.toml"), PARTS, tmp_path))
    problems, _ = tables(tmp_path)
    assert (problems.kept, [*problems.traces]) == (0, [])
    assert [len(table.rows) for table in problems.tables] == [2, 2]
    assert {row.reference for table in problems.tables for row in table.rows} == {None}


def test_what_is_embedded_is_what_was_stored(folder: Path) -> None:
    with read_store(folder) as store:
        packed = packed_trace(store, next(store.trials()).key)
    assert packed is not None
    assert base64.b64decode(embed(packed)) == packed == pack(unpack(packed))
