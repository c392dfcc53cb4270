"""``step_labels`` and ``program_of_thought``: what they read, what they run, and what they make of nonsense."""

from collections.abc import Sequence

import numpy as np
import pytest

from outlay.core.errors import MissingCapabilityError
from outlay.core.problem import Message, Problem
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Verdict
from outlay.tasks.exercise import ask
from outlay.tasks.free_answer import FreeAnswer
from outlay.tasks.jsonl import GivenAnswer
from outlay.testing.scripted import ScriptedModel
from outlay.testing.verifier_laws import check_verifier
from outlay.verifiers import VERIFIERS

pytestmark = pytest.mark.anyio

PROBLEM = Problem("apples", ask("Ann has 3 apples and buys 4. How many?"), FreeAnswer(), reference=GivenAnswer("7"))
STEPS = "She starts with 3.\nShe buys 4, so 3 + 4 = 7.\nanswer: 7"
PROGRAM = "Here it is:\n```python\ndef f(x):\n    have = 3\n    have += 4\n    return {}\n```"


async def judged(form: str, *said: str, text: str = STEPS) -> Verdict:
    """The verdict when the model says these in turn, by the seed's choice."""

    def script(messages: Sequence[Message], rng: np.random.Generator) -> str:
        return str(rng.choice(np.array(said, dtype=object)))

    answer = Trajectory(PROBLEM).extend(Step(text), Finish.END)
    return (await check_verifier(VERIFIERS.build(form), ScriptedModel(script), [answer]))[0]


@pytest.mark.parametrize(
    ("said", "scores"),
    [
        ("Step 1: right\nStep 2: right, 3 + 4 = 7\nstep 3: right", (1.0, 1.0, 1.0)),
        ("step 1: right\nstep 2: wrong\nstep 3: right", (1.0, 0.0, 0.0)),
        ("**Step 1:** is right. **Step 2:** wrong **Step 3** - wrong", (1.0, 0.0, 0.0)),
        ("step 1: wrong, ... no: step 1: right\nstep 2: right\nstep 3: right", (1.0, 1.0, 1.0)),
    ],
)
async def test_labels_are_read_and_never_rise_again(said: str, scores: tuple[float, ...]) -> None:
    verdict = await judged("step_labels", said)
    assert verdict.step_scores == scores
    assert verdict.score == scores[-1]


@pytest.mark.parametrize("said", ["", "all right", "step 1: right\nstep 3: right", "step 1: maybe"])
async def test_a_pass_that_leaves_a_step_out_does_not_count(said: str) -> None:
    assert not (await judged("step_labels", said)).judged


async def test_passes_are_averaged() -> None:
    right, wrong = "step 1: right step 2: right step 3: right", "step 1: right step 2: wrong step 3: right"
    verdict = await judged("step_labels(samples=64, temperature=1)", right, wrong)
    assert verdict.step_scores is not None
    assert verdict.step_scores[0] == 1.0
    # 64 fair coins are further than 0.3 from a half with probability 1e-6.
    assert 0.2 < verdict.step_scores[1] == verdict.step_scores[2] < 0.8


def test_labels_need_a_reference() -> None:
    with pytest.raises(MissingCapabilityError, match="a reference answer"):
        VERIFIERS.build("step_labels").require(Problem("p", ask("Why?"), FreeAnswer()))


@pytest.mark.parametrize(
    ("value", "score"), [("have", 1.0), ("float(have)", 1.0), ("str(have)", 1.0), ("have + 1", 0.0), ("'seven'", 0.0)]
)
@pytest.mark.parametrize("form", ["program_of_thought", "program_of_thought(anew=true)"])
async def test_a_program_agrees_or_not(form: str, value: str, score: float) -> None:
    verdict = await judged(form, PROGRAM.format(value))
    assert verdict.judged
    assert verdict.score == score


@pytest.mark.parametrize(
    "said",
    ["", "no program", "```python\ndef g(x): return 7\n```", PROGRAM.format("1 / 0"), PROGRAM.format("None"),
     "```python\nimport os\ndef f(x): return os.getpid()\n```", "```python\ndef f(x):\n    while True: pass\n```",
     "```python\n" + "x" * 100, PROGRAM.format("open('/etc/passwd').read()")],
)  # fmt: skip
async def test_a_program_without_a_value_is_no_verdict(said: str) -> None:
    assert not (await judged("program_of_thought(samples=1)", said)).judged


async def test_an_answer_without_a_value_fails() -> None:
    verdict = await judged("program_of_thought", PROGRAM.format("have"), text=" ")
    assert (verdict.judged, verdict.score) == (True, 0.0)


async def test_the_program_is_asked_for_with_or_without_the_answer() -> None:
    seen: list[str] = []

    def script(messages: Sequence[Message], rng: np.random.Generator) -> str:
        seen.append(messages[-1].content)
        return PROGRAM.format("have")

    answer = [Trajectory(PROBLEM).extend(Step(STEPS), Finish.END)]
    for form in ("program_of_thought(samples=1)", "program_of_thought(samples=1, anew=true)"):
        seen.clear()
        await check_verifier(VERIFIERS.build(form), ScriptedModel(script), answer)
        assert ("She buys 4" in seen[0]) == ("anew" not in form)
