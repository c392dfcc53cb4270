"""The calculator goes on from ``25+3=`` with what the worked solutions have there."""

import numpy as np
import pytest

from outlay.core.tool import Call, ToolResult
from outlay.tasks import TASKS
from outlay.tasks.calculator import calculator
from outlay.tasks.exercise import Split, exercise

pytestmark = pytest.mark.anyio


async def result(text: str) -> ToolResult:
    box = calculator((3, 7, 8, 25), 99)
    call = box.read(text)
    assert isinstance(call, Call)
    return await box.run(call)


async def test_it_writes_every_line_of_a_worked_solution() -> None:
    for seed in range(12):
        drawn = exercise(TASKS.build("countdown"), 4, seed, Split.TRAIN)
        box, text = drawn.problem.tools, ""
        *lines, _ = drawn.solution.splitlines(keepends=True)
        for line in lines:
            operation, _, rest = line.partition("=")
            call = box.read(f"{text}{operation}=")
            assert call is not None
            assert box.rule.write(await box.run(call)) == rest
            text += line


async def test_it_goes_on_from_the_numbers_left() -> None:
    assert await result("25+3=") == ToolResult("28;7 8 28")
    assert await result("25+3=28;7 8 28\n28/7=") == ToolResult("4;8 4")
    assert await result("25+3=28;7 8 28\n9+9=error\n28/7=") == ToolResult("4;8 4")


@pytest.mark.parametrize(
    "text", ["25+4=", "3+3=", "3-7=", "7/3=", "8*25=", "3+7+8=", "-3=", "abs(3)=", "a+b=", "=", "3+=", "25 + 3="]
)
async def test_what_it_cannot_do_is_a_result_that_failed(text: str) -> None:
    found = await result(text)
    assert found.failed
    assert calculator((1,), 9).rule.write(found) == "error\n"


async def test_division_by_zero_fails() -> None:
    box = calculator((0, 3), 99)
    call = box.read("3/0=")
    assert call is not None
    assert (await box.run(call)).failed


def test_plain_text_is_no_call() -> None:
    assert calculator((1, 2), 9).read("1+2=3;3\n") is None
    assert calculator((1, 2), 9).read("answer:1+2") is None


def test_the_prompt_does_not_change() -> None:
    problem = TASKS.build("countdown").draw(1, np.random.default_rng(0)).problem
    assert [message.content.split()[0] for message in problem.messages] == ["use"]
