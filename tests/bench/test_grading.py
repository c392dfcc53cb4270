"""Programs are graded by their tests, in a run's own event loop, once each."""

import json
from pathlib import Path

import pytest

from outlay.bench.grading import PassingReference, graded
from outlay.tasks import TASKS
from outlay.tasks.code_jsonl import CodeJsonLines
from outlay.tasks.exercise import problems

FIXTURE = Path(__file__).parents[1] / "verifiers" / "code" / "problems.jsonl"

pytestmark = pytest.mark.anyio


async def test_a_program_is_right_if_it_passes_the_tests_of_its_problem() -> None:
    task = CodeJsonLines(str(FIXTURE))
    lines = [json.loads(line) for line in FIXTURE.read_text().splitlines() if line.strip()]
    asked = {problem.id: graded(problem) for problem in task.problems}
    seen = 0
    for line in lines[:3]:
        problem = asked.get(str(line.get("task_id")))
        solution = line.get("canonical_solution") or line.get("code")
        if problem is None or solution is None:
            continue
        seen += 1
        assert problem.reference is not None
        value = problem.answer_rule.extract(f"```python\n{line.get('prompt', '')}{solution}\n```")
        assert problem.reference.is_correct(value)
        assert not problem.reference.is_correct(None)
        assert not problem.reference.is_correct("raise SystemExit(0)")
        assert isinstance(problem.reference, PassingReference)
        assert len(problem.reference._known) == 2
    assert seen == 3


def test_other_problems_keep_their_reference() -> None:
    [problem] = problems(TASKS.build("countdown"), 1, [0])
    assert graded(problem) is problem
