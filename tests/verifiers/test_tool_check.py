"""``tool_check``: true results pass, each kind of false one is found at its step, and nothing it reads breaks it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.core.errors import MissingCapabilityError
from outlay.core.ledger import Ledger
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Verdict
from outlay.models import MODELS
from outlay.tasks import TASKS
from outlay.tasks.exercise import Split, exercise
from outlay.testing.verifier_laws import check_verifier
from outlay.verifiers.tool_check import ToolCheck

pytestmark = pytest.mark.anyio
CELLS = [("table", level) for level in range(1, 6)] + [("countdown", level) for level in (1, 3)]


async def judged(problem: Problem, *texts: str) -> list[Verdict]:
    given = [Trajectory(problem).extend(Step(text), Finish.END) for text in texts]
    return await check_verifier(ToolCheck(), MODELS.build("pocket"), given)


@pytest.mark.parametrize(("task", "level"), CELLS)
async def test_a_worked_solution_passes_and_a_false_result_is_found_where_it_is(task: str, level: int) -> None:
    for seed in range(8):
        made = exercise(TASKS.build(task), level, seed, Split.TEST)
        steps = made.problem.step_rule.split(made.solution)
        (right,) = await judged(made.problem, made.solution)
        assert right.step_scores == (1.0,) * len(steps), made.solution
        for position, step in enumerate(steps):
            false = falsified(step)
            if false == step:
                continue
            text = "".join([*steps[:position], false, *steps[position + 1 :]])
            (wrong,) = await judged(made.problem, text)
            assert wrong.step_scores is not None
            assert wrong.score == 0.0
            assert wrong.step_scores[:position] == (1.0,) * position
            assert "claimed" in wrong.evidence


def falsified(step: str) -> str:
    """The step with another result, where it states one."""
    if step.startswith('{"result": "'):
        return step.replace('{"result": "', '{"result": "1')
    before, equals, result = step.partition("=")
    return f"{before}{equals}1{result}" if ";" in step else step


async def test_a_tool_that_refuses_has_no_result_to_claim() -> None:
    made = exercise(TASKS.build("table"), 1, 0, Split.TEST)
    text = '{"tool": "lookup", "arguments": {"row": "moon", "column": "price"}}\n{"result": "4"}\nanswer:4'
    (wrong,) = await judged(made.problem, text)
    assert wrong.score == 0.0
    assert "no row" in wrong.evidence
    told = '{"tool": "lookup", "arguments": {"row": "moon", "column": "price"}}\n{"error": "there is no row moon"}\n'
    (honest,) = await judged(made.problem, told)
    assert honest.score == 1.0


async def test_an_unfinished_call_is_not_judged_yet() -> None:
    made = exercise(TASKS.build("table"), 1, 0, Split.TEST)
    first = made.problem.step_rule.split(made.solution)[0]
    (verdict,) = await judged(made.problem, first)
    assert verdict.score == 1.0


@given(st.text(alphabet='{}":,tolarguments lookup123=;\n+-*/', max_size=120))
async def test_no_text_breaks_it(text: str) -> None:
    for task in ("table", "countdown"):
        problem = exercise(TASKS.build(task), 2, 0, Split.TEST).problem
        run = Run(MODELS.build("simulated"), Ledger(), np.random.default_rng(0))
        given = [Trajectory(problem).extend(Step(text), Finish.END)]
        (verdict,) = await ToolCheck().judge(problem, given, run)
        assert 0 <= verdict.score <= 1


def test_a_problem_without_tools_is_refused() -> None:
    with pytest.raises(MissingCapabilityError, match="countdown and table"):
        ToolCheck().require(exercise(TASKS.build("program"), 1, 0, Split.TEST).problem)
