"""The verifier ``generated_tests``: it asks the run's model, pays for it, and takes no unreadable word for a test."""

import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.core.budget import Budget
from outlay.core.cost import Cost
from outlay.core.errors import InvalidSettingError
from outlay.core.ledger import BudgetExhausted
from outlay.core.model import Meter, ModelInfo, Sample, SampleRequest, Scored
from outlay.core.problem import FunctionTests, Problem
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Verdict
from outlay.tasks.code_jsonl import ProgramText
from outlay.tasks.exercise import ask
from outlay.testing import World, unreserved
from outlay.verifiers import VERIFIERS
from outlay.verifiers.code.generated import read_tests

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(os.name != "posix", reason="programs run only on Linux and macOS")]

PROBLEM = Problem("squares", ask("Write f(x), the square of x."), ProgramText("f"))
RIGHT, WRONG, HOSTILE = (
    "def f(x):\n    return x * x",
    "def f(x):\n    return x + x",
    "import os\nos._exit(0)\ndef f(x): 1",
)
WRITTEN = """Here are some tests:
```python
assert f(2) == 4
```
1. assert f(3) == 9
- f(0) -> 0
* `f(1) = 1`
assert f(2) == 4
assert f(4) ==
assert True
f(5) is 25, as everyone knows
"""


@dataclass
class Scribe:
    """Writes the same text whatever it is asked, at 10 prompt tokens and one token a line."""

    text: str
    finish: Finish = Finish.END
    asked: list[SampleRequest] = field(default_factory=list)

    @property
    def info(self) -> ModelInfo:
        return ModelInfo("scribe")

    def bound(self, request: SampleRequest) -> Cost:
        return Cost(prompt_tokens=10, completion_tokens=request.max_tokens, samples=1, calls=1)

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        self.asked.append(request)
        cost = Cost(prompt_tokens=10, completion_tokens=len(self.text.splitlines()), samples=1, calls=1)
        meter(cost)
        yield Sample(0, Step(self.text, cost=cost), self.finish)

    async def score(self, trajectory: Trajectory, texts: Sequence[str], meter: Meter) -> list[Scored]:
        raise NotImplementedError


def answers(*programs: str) -> list[Trajectory]:
    return [Trajectory(PROBLEM).extend(Step(f"```\n{one}\n```"), Finish.END) for one in programs]


def run_of(model: Scribe, budget: Budget | None = None) -> Run:
    return World(PROBLEM, model).run(budget)


async def verdicts(model: Scribe, *programs: str, problem: Problem = PROBLEM, **settings: object) -> list[Verdict]:
    judge = VERIFIERS.build({"name": "generated_tests", "seconds": 30.0, **settings})
    return await judge.judge(problem, answers(*programs), run_of(model))


async def test_programs_are_scored_by_the_share_of_tests_passed() -> None:
    found = await verdicts(Scribe(WRITTEN), RIGHT, WRONG, HOSTILE)
    assert [one.score for one in found] == [1.0, 0.5, 0.0]
    assert found[0].evidence == "4 of 4 tests passed"
    assert all(one.judged for one in found)


async def test_wrong_tests_mislead_it() -> None:
    found = await verdicts(Scribe("assert f(3) == 6\nassert f(5) == 10"), RIGHT, WRONG)
    assert [one.score for one in found] == [0.0, 1.0]


@pytest.mark.parametrize("text", ["", "f is easy.", "assert", "assert 1 == 1", "import os", "assert x\nprint(f(2))"])
async def test_without_a_readable_test_there_is_no_verdict(text: str) -> None:
    found = await verdicts(Scribe(text), RIGHT, WRONG)
    assert found == [Verdict.unknown("the model wrote no test that can be read")] * 2


async def test_tests_that_cannot_tell_do_not_count() -> None:
    named = Problem(PROBLEM.id, PROBLEM.messages, PROBLEM.answer_rule, code_tests=FunctionTests(("",), ("f",)))
    found = await verdicts(Scribe("assert f(2) == 4\nassert g(2) == 5\nassert f(lambda: 0)"), RIGHT, problem=named)
    assert found == [Verdict(1.0, evidence=found[0].evidence)]
    (none,) = await verdicts(Scribe("assert g(2) == 5"), RIGHT, problem=named)
    assert not none.judged


async def test_a_line_cut_off_by_the_length_limit_is_left_out() -> None:
    cut = Scribe("assert f(2) == 4\nassert f(12) == 14", Finish.LENGTH)
    assert [one.score for one in await verdicts(cut, RIGHT)] == [1.0]
    assert not (await verdicts(Scribe("assert f(12) == 14", Finish.LENGTH), RIGHT))[0].judged


async def test_its_tests_depend_on_the_problem_and_its_seed_alone() -> None:
    model = Scribe(WRITTEN)
    together = await verdicts(model, RIGHT, WRONG)
    assert together == [(await verdicts(model, one))[0] for one in (RIGHT, WRONG)]
    await verdicts(model, RIGHT, seed=1)
    assert len({one.seeds for one in model.asked[:3]}) == 1
    assert model.asked[3].seeds != model.asked[0].seeds
    (request, *_) = model.asked
    assert request.temperature == 0
    assert request.trajectory.problem.messages[:-1] == PROBLEM.messages
    assert "write 8 tests" in request.trajectory.problem.messages[-1].content


async def test_the_words_are_paid_as_verifier_tokens() -> None:
    model = Scribe("assert f(2) == 4")
    judge = VERIFIERS.build("generated_tests(max_tokens=30)")
    run = run_of(model, Budget(tokens=50))
    await judge.judge(PROBLEM, answers(RIGHT), run)
    spent = run.ledger.spent
    assert (spent.verifier_tokens, spent.prompt_tokens, spent.completion_tokens, spent.samples) == (11, 0, 0, 0)
    assert unreserved(run.ledger)
    with pytest.raises(BudgetExhausted):
        await judge.judge(PROBLEM, answers(RIGHT), run)


def test_lines_are_read_in_several_forms_and_the_first_ones_kept() -> None:
    assert read_tests(WRITTEN, 9) == ("assert f(2) == 4", "assert f(3) == 9", "assert f(0) == 0", "assert f(1) == 1")
    assert read_tests(WRITTEN, 2) == ("assert f(2) == 4", "assert f(3) == 9")
    assert read_tests("f([1, 2]) == [2, 1]\nf('a')=>'b'\nassert f(1), 'why'", 9) == (
        "assert f([1, 2]) == [2, 1]", "assert f('a') == 'b'", "assert f(1), 'why'",
    )  # fmt: skip
    assert read_tests("assert f(" + "(" * 10_000, 9) == ()
    assert read_tests("assert f(2) == " + "1" * 400, 9) == ()
    assert read_tests("assert f(1); import os", 9) == ()


@given(
    st.text() | st.lists(st.sampled_from(["assert ", "f(", ")", " == ", "1", "\n", "`", "-> ", "(", "'"])).map("".join)
)
def test_no_text_breaks_the_reading(text: str) -> None:
    for one in read_tests(text, 5):
        assert one.startswith("assert")
        compile(one, "test", "exec")


@pytest.mark.parametrize("settings", ["n=0", "max_tokens=0", "temperature=-1", "seconds=0", "memory=1"])
def test_settings_out_of_range_are_refused(settings: str) -> None:
    with pytest.raises(InvalidSettingError):
        VERIFIERS.build(f"generated_tests({settings})")
