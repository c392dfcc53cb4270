"""``table(calls=lines)``: the same questions as ``table``, in words that the pocket models know."""

import numpy as np
import pytest

from outlay.core.ledger import Ledger
from outlay.core.problem import StepReference
from outlay.core.run import Run
from outlay.core.tool import Call, MalformedCall, ToolResult
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.models import MODELS
from outlay.pocket.tokenizer import encode
from outlay.tasks import TASKS
from outlay.tasks.exercise import Exercise, Split, exercise
from outlay.verifiers.tool_check import ToolCheck

pytestmark = pytest.mark.anyio
LINES = TASKS.build("table(calls=lines)")
each_level = pytest.mark.parametrize("level", range(1, LINES.info.levels + 1))


def labels(one: Exercise, text: str) -> list[bool]:
    assert isinstance(one.problem.reference, StepReference)
    return one.problem.reference.step_labels(one.problem.step_rule.split(text))


@each_level
def test_the_worked_solution_is_right_and_can_be_read(level: int) -> None:
    for seed in range(30):
        for split in Split:
            one = exercise(LINES, level, seed, split)
            problem = one.problem
            assert problem.reference is not None
            assert problem.reference.is_correct(problem.answer_rule.extract(one.solution))
            assert set(labels(one, one.solution)) == {True}
            assert len(encode(problem.messages[-1].content + "\n" + one.solution)) < 600


@each_level
def test_the_questions_are_those_of_the_task_with_json(level: int) -> None:
    rngs = (np.random.default_rng(level), np.random.default_rng(level))
    for _ in range(10):
        one, other = (task.draw(level, rng) for task, rng in zip((LINES, TASKS.build("table")), rngs, strict=True))
        assert other.problem.messages[-1].content.startswith(one.problem.messages[-1].content)
        assert one.solution.rpartition("answer:")[2] == other.solution.rpartition("answer:")[2]
        assert repr(one.problem.reference) == repr(other.problem.reference)


@each_level
async def test_the_tools_write_every_line(level: int) -> None:
    for seed in range(8):
        one = exercise(LINES, level, seed)
        tools, text = one.problem.tools, ""
        *lines, _ = one.solution.splitlines(keepends=True)
        for line in lines:
            call, equals, result = line.partition("=")
            read = tools.read(text + call + equals)
            assert isinstance(read, Call)
            assert tools.rule.write(await tools.run(read)) == result
            text += line


@each_level
async def test_a_false_result_is_found_where_it_is(level: int) -> None:
    one = exercise(LINES, level, 0)
    run = Run(MODELS.build("simulated"), Ledger(), np.random.default_rng(0))
    steps = one.problem.step_rule.split(one.solution)
    for i, step in enumerate(steps[:-1]):
        text = "".join([*steps[:i], step.replace("=", "=1", 1), *steps[i + 1 :]])
        assert labels(one, text) == [True] * i + [False] * (len(steps) - i)
        (verdict,) = await ToolCheck().judge(one.problem, [Trajectory(one.problem).extend(Step(text), Finish.END)], run)
        assert verdict.step_scores == (1.0,) * i + (0.0,) * (len(steps) - i)


@pytest.mark.parametrize("text", ["=", "lookup=", "lookup gear=", "total price stock=", "frob price=", "1+2="])
def test_what_is_no_call_is_told(text: str) -> None:
    assert isinstance(exercise(LINES, 1, 0).problem.tools.read(text), MalformedCall)


@pytest.mark.parametrize("text", ["", "lookup gear price", "answer:9", "lookup gear price=9\n"])
def test_plain_text_is_no_call(text: str) -> None:
    assert exercise(LINES, 1, 0).problem.tools.read(text) is None


@pytest.mark.parametrize("text", ["lookup moon price=", "total moons=", "multiply two 3=", "multiply 1 99999999999="])
async def test_a_call_that_fails_has_a_result_in_known_words(text: str) -> None:
    tools = exercise(LINES, 1, 0).problem.tools
    read = tools.read(text)
    assert isinstance(read, Call)
    found = await tools.run(read)
    assert found.failed
    assert tools.rule.write(found) == "error\n"
    assert tools.rule.agrees(" error ", found)
    assert not tools.rule.agrees("error", ToolResult("9"))
