"""Generated tasks are reproducible, their worked solutions right, their step labels exact; files are read with care."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.core.problem import AnsweredReference, Problem, Sequent, StepReference
from outlay.tasks import TASKS
from outlay.tasks.answer_line import answer_line
from outlay.tasks.bayesnet import BayesNet
from outlay.tasks.chain import Chain
from outlay.tasks.countdown import Countdown, CountdownReference
from outlay.tasks.exercise import Exercise, ListedTask, Split, Task, ask, exercise, problems
from outlay.tasks.free_answer import FreeAnswer
from outlay.tasks.jsonl import BadLine, GivenAnswer, JsonLines
from outlay.tasks.logic import Logic
from outlay.tasks.multiple_choice import MultipleChoice
from outlay.tasks.procedure import ALPHABET, MAX_LENGTH, Procedure, ProcedureReference, apply
from outlay.tasks.program import Program, ProgramReference
from outlay.tasks.proof import Proof
from outlay.tasks.table import TableTask
from outlay.tasks.translate import Translate

TASKS_MADE: tuple[Task, ...] = (
    BayesNet(), Chain(), Countdown(), Logic(), MultipleChoice(), Procedure(), Program(), Proof(), TableTask(),
    Translate(),
)  # fmt: skip
GRADED = [
    pytest.param(task, level, id=f"{task.info.name}-{level}")
    for task in TASKS_MADE
    for level in range(1, task.info.levels + 1)
]
each_level = pytest.mark.parametrize(("task", "level"), GRADED)
each_task = pytest.mark.parametrize("task", TASKS_MADE, ids=[task.info.name for task in TASKS_MADE])
SEEDS = range(25)


def some(task: Task, level: int, split: Split = Split.TEST) -> Iterator[Exercise]:
    return (exercise(task, level, seed, split) for seed in SEEDS)


def prompt(problem: Problem) -> str:
    return problem.messages[-1].content


def labels(problem: Problem, text: str) -> list[bool]:
    assert isinstance(problem.reference, StepReference)
    return problem.reference.step_labels(problem.step_rule.split(text))


def right_answer(problem: Problem) -> str:
    assert isinstance(problem.reference, AnsweredReference)
    return problem.reference.answer


def test_every_generated_task_is_checked() -> None:
    assert {task.info.name for task in TASKS_MADE} == set(TASKS) - {"jsonl", "code_jsonl"}
    for task in TASKS_MADE:
        assert task == TASKS.build(task.info.name)
        assert not isinstance(task, ListedTask)


@each_level
@pytest.mark.parametrize("split", Split)
def test_the_same_seed_gives_the_same_exercise(task: Task, level: int, split: Split) -> None:
    first, again = list(some(task, level, split)), list(some(task, level, split))
    assert first == again
    assert len({prompt(one.problem) for one in first}) > len(SEEDS) // 2


@each_level
def test_the_worked_solution_is_right(task: Task, level: int) -> None:
    for split in Split:
        for one in some(task, level, split):
            value = one.problem.answer_rule.extract(one.solution)
            assert value is not None
            assert one.problem.reference is not None
            assert one.problem.reference.is_correct(value)
            assert one.problem.reference.is_correct(right_answer(one.problem))
            assert one.problem.answer_rule.equal(value, right_answer(one.problem))
            assert not one.problem.reference.is_correct(None)
            assert not one.problem.reference.is_correct("")
            assert not one.problem.reference.is_correct("900001")
            assert set(labels(one.problem, one.solution)) == {True}


@each_level
def test_the_worked_solution_keeps_within_the_limits(task: Task, level: int) -> None:
    for one in some(task, level):
        rule = one.problem.step_rule
        steps = rule.split(one.solution)
        assert "".join(steps) == one.solution
        assert len(steps) <= rule.max_steps
        assert max(map(len, steps)) <= rule.max_step_tokens
        assert len(one.solution) <= rule.max_tokens


@each_level
def test_the_problem_says_where_it_comes_from(task: Task, level: int) -> None:
    found = problems(task, level, range(4))
    assert [one.id for one in found] == [f"{task.info.name}/{level}/{seed}" for seed in range(4)]
    for seed, one in enumerate(found):
        assert (one.task, one.level) == (task.info.name, level)
        assert one.messages == exercise(task, level, seed).problem.messages
        assert bool(one.visible_tests) == task.info.visible_tests
        assert task.info.checks_steps


def corrupted(step: str) -> list[str]:
    """Wrong versions of a step: its end changed, its beginning changed, or nothing right there at all."""
    end = "\n" if step.endswith("\n") else ""
    body = step.removesuffix("\n")
    wrong = [f"{body}9{end}", f"{body}+{end}", f"nothing{end}", f"answer:900001{end}"]
    return wrong if body.startswith("answer:") else [*wrong, f"z{body}{end}"]


@each_level
def test_a_corrupted_step_and_all_after_it_are_wrong(task: Task, level: int) -> None:
    for seed in range(4):
        one = exercise(task, level, seed)
        steps = one.problem.step_rule.split(one.solution)
        for i, step in enumerate(steps):
            for bad in corrupted(step):
                found = labels(one.problem, "".join([*steps[:i], bad, *steps[i + 1 :]]))
                assert found == [True] * i + [False] * (len(steps) - i), (steps, bad)


@pytest.mark.parametrize(("task", "level"), [one for one in GRADED if not isinstance(one.values[0], Program)])
def test_a_left_out_or_repeated_step_is_seen_where_steps_build_on_each_other(task: Task, level: int) -> None:
    for one in some(task, level):
        steps = one.problem.step_rule.split(one.solution)
        assert not all(labels(one.problem, "".join([steps[0], *steps])))
        if task.info.name != "chain" or level == 1:
            assert not all(labels(one.problem, "".join(steps[1:-1]) or "none"))


@each_level
def test_the_splits_never_share_a_prompt(task: Task, level: int) -> None:
    test, train = ({prompt(one.problem) for one in some(task, level, split)} for split in Split)
    assert test
    assert train
    assert not test & train


@each_task
def test_the_splits_are_told_apart_by_prompt_across_levels(task: Task) -> None:
    levels = range(1, task.info.levels + 1)
    test, train = (
        {prompt(one.problem) for level in levels for one in some(task, level, split)} for split in Split
    )  # fmt: skip
    assert not test & train


@each_task
def test_a_level_or_seed_that_is_none_is_refused(task: Task) -> None:
    for level in (0, -1, task.info.levels + 1):
        with pytest.raises(InvalidSettingError, match=f"level.*from 1 to {task.info.levels}"):
            exercise(task, level, 0)
    with pytest.raises(InvalidSettingError, match="seed"):
        exercise(task, 1, -1)


@each_task
@settings(deadline=None)
@given(data=st.data())
def test_equal_is_an_equivalence_that_correctness_respects(task: Task, data: st.DataObject) -> None:
    one = exercise(task, data.draw(st.integers(1, task.info.levels)), data.draw(st.integers(0, 30)))
    rule, right = one.problem.answer_rule, right_answer(one.problem)
    texts = st.sampled_from(
        [right, f"({right})", f"0+{right}", f"{right}+0", "1+2", "2+1", "(2+1)", "1+2+3", "3+(2+1)", "x+1", "1+x", "7",
         "2*3*x", "x*(3*2)", "x/x", "1", "abc", "85,95", "85, 95", "x-x", "0"]
    )  # fmt: skip
    drawn = data.draw(st.lists(texts, min_size=3, max_size=3))
    extracted = [rule.extract(f"so\nanswer: {text}\n") for text in drawn]
    a, b, c = (value if value is not None else right for value in extracted)
    assert rule.equal(a, a)
    assert rule.equal(a, b) == rule.equal(b, a)
    if rule.equal(a, b) and rule.equal(b, c):
        assert rule.equal(a, c)
    if rule.equal(a, b):
        assert one.problem.reference is not None
        assert one.problem.reference.is_correct(a) == one.problem.reference.is_correct(b)


@each_task
@settings(deadline=None)
@given(text=st.text(max_size=300), more=st.text("0123456789+-*/%()x= ,.;\n", max_size=250))
@example(text="²", more="")
def test_no_text_breaks_a_task(task: Task, text: str, more: str) -> None:
    problem = exercise(task, 1, 0).problem
    for given_text in (text, more, f"answer:{text}", f"answer:{more}", f"f={more}\nf(2)={more}\n", f"{more};{more}"):
        value = problem.answer_rule.extract(given_text)
        assert problem.reference is not None
        assert problem.reference.is_correct(value) in {True, False}
        found = labels(problem, given_text)
        assert found == sorted(found, reverse=True)
        if value is not None:
            assert problem.answer_rule.equal(value, value)


def test_countdown_takes_any_right_expression_and_no_other() -> None:
    for one in some(Countdown(), 1):
        reference = one.problem.reference
        assert reference is not None
        right = right_answer(one.problem)
        assert reference.is_correct(f"({right})")
        assert not reference.is_correct(f"{right}+1-1")
        assert not reference.is_correct(prompt(one.problem).split()[-1])


def test_procedure_scores_by_the_right_prefix() -> None:
    one = exercise(Procedure(), 3, 0)
    reference = one.problem.reference
    assert isinstance(reference, ProcedureReference)
    steps = one.problem.step_rule.split(one.solution)
    assert reference.prefix_accuracy(steps) == 1.0
    assert reference.prefix_accuracy([*steps[:2], "wrong\n", *steps[3:]]) == 2 / len(steps)
    assert reference.prefix_accuracy([]) == 0.0


@pytest.mark.parametrize(
    ("operation", "result"),
    [("reverse", "acbd"), ("sort", "abcd"), ("rotate 1", "bcad"), ("swap 1 3", "cbda"), ("drop 2", "dca"),
     ("double 4", "dbcaa"), ("replace b a", "daca")],
)  # fmt: skip
def test_operations_do_what_their_names_say(operation: str, result: str) -> None:
    assert apply(operation, "dbca") == result


def test_strings_of_procedure_stay_short_and_never_vanish() -> None:
    for level in range(1, 7):
        for one in some(Procedure(), level):
            for line in one.solution.splitlines():
                text = line.rpartition(">")[2].removeprefix("answer:")
                assert 3 <= len(text) <= MAX_LENGTH
                assert set(text) <= set(ALPHABET)


def test_a_program_shows_what_its_tests_test() -> None:
    for level in range(1, 6):
        for one in some(Program(), level):
            shown = " ".join(f"f({test.input})={test.output}" for test in one.problem.visible_tests)
            assert prompt(one.problem) == shown
            assert len(one.problem.visible_tests) == (2 if level == 5 else 3)


numbers = st.sampled_from(
    ["12", "1 2", "1\t2", "12.0", "+12", "1,2", "12/1", "24/2", "twelve", "Twelve ", "t welve", "1\u00a02", "0", "-0",
     "1/0", "1 / 0", "", " ", "x=12", "X = 12"]
)  # fmt: skip


@given(st.one_of(numbers, st.text(max_size=6)), st.one_of(numbers, st.text(max_size=6)), numbers)
def test_free_answers_are_compared_by_an_equivalence(a: str, b: str, c: str) -> None:
    equal = FreeAnswer().equal
    assert equal(a, a)
    assert equal(a, b) == equal(b, a)
    for first, second, third in ((a, b, c), (a, c, b), (c, a, b)):
        if equal(first, second) and equal(second, third):
            assert equal(first, third)


def test_free_answers_with_any_space_are_one_number() -> None:
    assert all(FreeAnswer().equal("1000.0", text) for text in ("1000", "1,000", "1 000", "1\u00a0000", "1\t000"))


def test_a_free_answer_reads_mixed_numbers() -> None:
    equal = FreeAnswer().equal
    assert equal("1 1/2", "1.5")
    assert equal("-2 3/4", "-11/4")
    assert not equal("1 1/2", "11/2")
    assert not equal("1 1/0", "1")


def write(folder: Path, *lines: str, end: str = "\n") -> str:
    path = folder / "problems.jsonl"
    path.write_text(end.join(lines) + end, encoding="utf-8", newline="")
    return str(path)


GOOD = '{"prompt": "1+1?", "answer": 2}'


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON"),
        ("hello", "not JSON"),
        ("[1, 2]", "not a JSON object"),
        ("3", "not a JSON object"),
        ('{"question": "1+1?"}', '"prompt" must be a text'),
        ('{"prompt": "  "}', '"prompt" must be a text'),
        ('{"prompt": 3}', '"prompt" must be a text'),
        ('{"prompt": "a", "answer": [1]}', '"answer" must be a text or a number'),
        ('{"prompt": "a", "answer": true}', '"answer" must be a text or a number'),
        ('{"prompt": "a", "answer": ' + "1" * 5000 + "}", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("\ufeff" + GOOD, "not JSON"),
    ],
)  # fmt: skip
def test_a_bad_line_is_named_by_number_and_the_rest_runs(line: str, reason: str, tmp_path: Path) -> None:
    task = JsonLines(write(tmp_path, GOOD, "", line, GOOD))
    assert [one.id for one in task.problems] == ["jsonl/1", "jsonl/4"]
    (bad,) = task.bad_lines
    assert isinstance(bad, BadLine)
    assert bad.number == 3
    assert reason in bad.reason


def test_a_file_without_a_good_line_is_refused_with_its_first_reason(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="line 1: not JSON"):
        JsonLines(write(tmp_path, "x", "y"))


@pytest.mark.parametrize("content", ["", "\n", " \n\n"])
def test_an_empty_file_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "empty.jsonl"
    path.write_text(content)
    with pytest.raises(InvalidInputError, match="it is empty"):
        JsonLines(str(path))


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot read"):
        JsonLines(str(tmp_path / "missing.jsonl"))
    with pytest.raises(InvalidInputError, match="cannot read"):
        JsonLines(str(tmp_path))
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInputError, match="cannot read"):
        JsonLines(str(tmp_path / "bytes"))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_is_read_line_by_line(end: str, tmp_path: Path) -> None:
    odd = json.dumps({"prompt": "a\u2028b\u0085c", "answer": "x"}, ensure_ascii=False)
    task = JsonLines(write(tmp_path, GOOD, odd, '{"id": 7, "prompt": "c", "answer": null}', end=end))
    assert task.bad_lines == ()
    assert isinstance(task, ListedTask)
    assert len(task) == 3
    assert [prompt(task.problem(i)) for i in range(3)] == ["1+1?", "a\u2028b\u0085c", "c"]
    assert [task.problem(i).id for i in range(3)] == ["jsonl/1", "jsonl/2", "7"]
    assert task.problem(2).reference is None
    assert task.problem(0).task == "jsonl"


def test_a_line_may_have_formulas(tmp_path: Path) -> None:
    good = '{"prompt": "a", "premises": ["p", "p -> q"], "conclusion": "q"}'
    bad = {
        '{"prompt": "a", "premises": ["p &"], "conclusion": "q"}': "line 1, column 4: expected a formula",
        '{"prompt": "a", "premises": "p", "conclusion": "q"}': "must be a list of formulas",
        '{"prompt": "a", "premises": ["p", 1], "conclusion": "q"}': "must be a list of formulas",
        '{"prompt": "a", "conclusion": null}': "must be a list of formulas",
    }
    task = JsonLines(write(tmp_path, GOOD, good, '{"prompt": "a", "conclusion": "q"}', *bad))
    assert [task.problem(i).sequent for i in range(3)] == [None, Sequent(("p", "p -> q"), "q"), Sequent((), "q")]
    assert [one.number for one in task.bad_lines] == [4, 5, 6, 7]
    assert all(said in one.reason for said, one in zip(bad.values(), task.bad_lines, strict=True))


def test_a_given_answer_is_compared_freely(tmp_path: Path) -> None:
    problem = JsonLines(write(tmp_path, GOOD)).problem(0)
    assert isinstance(problem.reference, GivenAnswer)
    for text in ("It is clear.\nThe answer is 2.", "\\boxed{2}", "2.0", "so\nanswer: 2\n"):
        assert problem.reference.is_correct(problem.answer_rule.extract(text))
    for text in ("", "3", "answer: 22"):
        assert not problem.reference.is_correct(problem.answer_rule.extract(text))
    assert problem.reference.is_correct(right_answer(problem))


def test_a_file_can_be_drawn_from(tmp_path: Path) -> None:
    task = JsonLines(write(tmp_path, GOOD, '{"prompt": "b"}'))
    drawn = [task.draw(1, np.random.default_rng(seed)) for seed in range(20)]
    assert {prompt(one.problem) for one in drawn} == {"1+1?", "b"}
    assert {one.solution for one in drawn} == {""}
    assert ask("b") == task.problem(1).messages


@pytest.mark.parametrize("level", [1, 3, 5])
def test_a_missed_countdown_is_true_to_itself(level: int) -> None:
    missed = 0
    for seed in range(60):
        problem = exercise(Countdown(), level, seed).problem
        reference = problem.reference
        assert isinstance(reference, CountdownReference)
        text = "".join(piece.text for piece in Countdown().miss(problem, np.random.default_rng(seed)))
        *lines, last = text.splitlines()
        result = int(lines[-1].partition(";")[2])
        as_if = CountdownReference(reference.numbers, result, "")
        assert all(as_if.step_labels([*lines, last]))
        assert reference.is_correct(answer_line(last)) == (result == reference.target)
        missed += result != reference.target
    assert missed > 30


@pytest.mark.parametrize("level", [1, 3, 5])
def test_a_missed_program_is_true_to_itself(level: int) -> None:
    missed = 0
    for seed in range(60):
        problem = exercise(Program(), level, seed).problem
        reference = problem.reference
        assert isinstance(reference, ProgramReference)
        text = "".join(piece.text for piece in Program().miss(problem, np.random.default_rng(seed)))
        *lines, last = text.splitlines()
        program = answer_line(last)
        assert program is not None
        assert all(ProgramReference(program, reference.shown).step_labels([*lines, last]))
        assert lines[0] == f"f={program}"
        missed += not reference.is_correct(program)
    assert missed > 30
