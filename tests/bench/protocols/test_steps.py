"""How far answers go: worked solutions spoilt at a known step, and whole runs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.bench.protocols.steps import match_steps, step_metrics
from outlay.bench.store import StoredTrial
from outlay.core.errors import InvalidInputError
from outlay.tasks import TASKS
from outlay.tasks.exercise import Exercise, exercise
from tests.bench.protocols.records import column, finished, record, trial

invariant = settings(deadline=None, max_examples=30)
TASK = st.sampled_from(["procedure", "chain", "countdown", "program"])


def asked(task: str, seed: int) -> Exercise:
    return exercise(TASKS.build(task), 2, seed)


@given(st.sampled_from(["procedure", "chain", "countdown", "program", "table", "logic", "proof"]), st.integers(0, 200))
@invariant
def test_a_worked_solution_matches_in_all_its_steps(task: str, seed: int) -> None:
    one = asked(task, seed)
    found = match_steps(one.solution, True, one)
    assert found.sequential
    assert found.prefix_accuracy == 1.0
    assert found.right == found.steps > 1


@given(TASK, st.integers(0, 200), st.integers(0, 20))
@invariant
def test_the_first_wrong_step_ends_the_prefix(task: str, seed: int, place: int) -> None:
    one = asked(task, seed)
    lines = one.solution.splitlines()
    place %= len(lines)
    lines[place] = "nonsense"
    found = match_steps("\n".join(lines), False, one)
    assert not found.sequential
    assert found.right == place
    assert found.prefix_accuracy == place / len(lines)


@given(st.integers(0, 200), st.integers(1, 5))
@invariant
def test_an_answer_that_goes_on_too_long_is_measured_by_its_own_steps(seed: int, more: int) -> None:
    one = asked("procedure", seed)
    lines = one.solution.splitlines()
    found = match_steps("\n".join([*lines, *["more"] * more]), True, one)
    assert found.prefix_accuracy == len(lines) / (len(lines) + more)
    assert not found.sequential


@given(TASK, st.integers(0, 200), st.integers(0, 20))
@invariant
def test_an_answer_that_stops_short_is_measured_by_the_worked_one(task: str, seed: int, kept: int) -> None:
    one = asked(task, seed)
    lines = one.solution.splitlines()
    kept %= len(lines)
    found = match_steps("\n".join(lines[:kept]), False, one)
    assert found.prefix_accuracy == kept / len(lines)
    assert not found.sequential


def test_a_lucky_answer_is_a_final_match_alone() -> None:
    one = asked("procedure", 1)
    lines = one.solution.splitlines()
    found = match_steps("\n".join(["nonsense", *lines[1:]]), True, one)
    assert (found.right, found.sequential) == (0, False)


def answered(name: str, spoil: int, **changes: str) -> list[StoredTrial]:
    """Answers to four questions: the first two are worked out, the others wrong from step ``spoil`` on."""
    found = []
    for index in range(4):
        one = asked("procedure", index)
        lines = one.solution.splitlines()
        text = one.solution if index < 2 else "\n".join([*lines[:spoil], "nonsense"])
        made = record(correct=index < 2, text=text)
        question = changes.get("question", one.problem.messages[-1].content)
        made = type(made).from_dict({**made.as_dict(), "question": question})
        found.append(trial(index, made, task="procedure", level=2, strategy=name))
    return found


def test_the_table_of_a_run() -> None:
    run = finished([*answered("greedy", 0), *answered("best_of_n", 2)], "greedy")
    (table,) = step_metrics(run, TASKS).tables
    shown = {name: [text.split("%")[0] for text in column(table.rows, table.head, name)] for name in table.head[2:5]}
    worked = len(asked("procedure", 2).solution.splitlines())
    assert shown["prefix [95%]"] == ["50.0", f"{100 * (2 + 2 * 2 / worked) / 4:.1f}"]
    assert shown["sequential [95%]"] == shown["final [95%]"] == ["50.0", "50.0"]
    assert column(table.rows, table.head, "difference [95%]")[0] == ""
    assert column(table.rows, table.head, "difference [95%]")[1].startswith(f"+{100 * 2 * 2 / worked / 4:.1f} ")


def test_other_questions_than_those_of_the_run_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="question 0 of procedure, level 2 was another one"):
        step_metrics(finished(answered("greedy", 1, question="something else")), TASKS)


def test_a_run_without_steps_is_told_which_tasks_have_them() -> None:
    rows = [
        trial(0, record(correct=True), task=task, level=level)
        for task, level in (("code_jsonl(path=no)", 0), ("jsonl(path=no)", 0))
    ]
    with pytest.raises(
        InvalidInputError, match=r"no task of this run checks steps; .*chain, countdown, .*procedure.* do"
    ):
        step_metrics(finished(rows), TASKS)
