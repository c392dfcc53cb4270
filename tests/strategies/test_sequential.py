"""What the sequential family does with what a model says."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from outlay.core import phrases
from outlay.core.errors import InvalidSettingError, MissingCapabilityError
from outlay.core.model import Capability
from outlay.core.problem import Message, Problem
from outlay.core.run import Run
from outlay.core.solve import solve
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict, VerifierInfo
from outlay.strategies import STRATEGIES
from outlay.testing import Branch, EnumerableModel, small_world
from outlay.testing.scripted import ScriptedModel
from tests.strategies.answers import answers, last, replying

pytestmark = pytest.mark.anyio


async def test_self_refine_ends_when_no_fault_is_found() -> None:
    for seed in range(10):
        content = await answers("self_refine(rounds=3)", seed, replying(CRITICISE="Nothing at all."))
        assert len(content) == 1
        never = await answers("self_refine(rounds=3)", seed, replying(CRITICISE="step 1."))
        assert len(never) == 4


async def test_the_newest_refinement_with_a_value_counts() -> None:
    for seed in range(30):
        answer = await last("self_refine(rounds=4)", seed, replying(CRITICISE="step 1."))
        values = [one.value for one in answer.candidates if one.value is not None]
        assert answer.value == (values[-1] if values else None)


async def test_a_critique_and_an_improvement_read_the_answer() -> None:
    answer = await last("self_refine(rounds=1)", 3, replying(CRITICISE="step 1."))
    first, second = (one.trajectory for one in answer.candidates)
    question = len("what is it?")
    asked = question + len(first.text.strip()) + len(phrases.CRITICISE)
    improved = asked + len("step 1.") + len(phrases.IMPROVE)
    assert answer.cost.prompt_tokens == question + asked + improved
    assert answer.cost.completion_tokens == len(first.text) + len("step 1.") + len(second.text)


async def test_the_best_revision_counts() -> None:
    for seed in range(30):
        found = await answers("revision(rounds=4)", seed)
        assert len(found) == 5
        valued = [one.score or 0.0 for one in found[-1].candidates if one.value is not None]
        assert found[-1].confidence == max(valued)


async def test_a_revision_sees_only_so_many_answers() -> None:
    short, long = await last("revision(rounds=4, keep=last)", 1), await last("revision(rounds=4, show=4, keep=last)", 1)
    assert [one.trajectory.text for one in short.candidates] == [one.trajectory.text for one in long.candidates]
    assert short.cost.prompt_tokens < long.cost.prompt_tokens


@dataclass(frozen=True)
class Remarks:
    """Accepts an answer of nine, and has something to say of every other."""

    info: VerifierInfo = VerifierInfo("remarks")

    def require(self, problem: Problem) -> None:
        pass

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        return [Verdict(float(one.value == "9"), evidence=f"not {one.value}:") for one in trajectories]


def counting(heard: list[list[str]]) -> ScriptedModel:
    """Answers 7, 8, 9 by how often it was asked, and notes what was said to it."""

    def script(messages: Sequence[Message], _: np.random.Generator) -> str:
        heard.append([message.content for message in messages if message.role == "user"])
        return f"={6 + len(heard)}"

    return ScriptedModel(script)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("show=8", [["again."] * i for i in range(3)]),
        ("show=8, tell=true", [[], ["not 7: again."], ["not 7: again.", "not 8: again."]]),
        ("show=1, tell=true", [[], ["not 7: again."], ["not 8: again."]]),
    ],
)
async def test_it_is_told_that_it_is_wrong_until_it_is_right(settings: str, said: list[list[str]]) -> None:
    heard: list[list[str]] = []
    world = replace(small_world(), model=counting(heard), verifier=Remarks())
    strategy = STRATEGIES.build(f"revision(rounds=7, accept=1, ask='again.', {settings})")
    outcome = await solve(world.problem, strategy, world.run())
    assert [messages[1:] for messages in heard] == said
    assert outcome.value == "9"
    assert outcome.answer is not None
    assert [one.value for one in outcome.answer.candidates] == ["7", "8", "9"]


async def test_each_round_of_iterative_decoding_builds_on_the_best() -> None:
    for seed in range(20):
        answer = await last("iterative_decoding(rounds=3, width=2, accept=1)", seed)
        scores = [one.score or 0.0 for one in answer.candidates if one.value is not None]
        assert answer.confidence == max(scores)
        assert len(answer.candidates) == 6 or 1.0 in scores


async def test_it_tells_the_score_where_asked() -> None:
    silent = await last("iterative_decoding(rounds=2, width=1)", 0)
    told = await last("iterative_decoding(rounds=2, width=1, tell_score=True)", 0)
    assert told.cost.prompt_tokens - silent.cost.prompt_tokens == len("that scored 0.75 of 1. ")


def certain(*steps: str) -> EnumerableModel:
    """A model that goes on from each text in one certain way; ``so`` ends its thinking."""
    table = {"".join(steps[:i]): [Branch(step, 1.0)] for i, step in enumerate(steps)}
    return EnumerableModel(table, info=replace(small_world().model.info, thinking_end="so\n"))


async def test_the_end_of_thinking_is_held_back() -> None:
    model = certain("a\n", "so\n", "=1")
    longer = certain("a\n", "w\n", "b\n", "so\n", "=2")
    model = replace(model, table={**longer.table, **model.table})
    found = await answers("budget_forcing(wait='w\\n')", 0, model)
    assert [one.value for one in found] == ["1", "2"]
    assert found[-1].trajectory.text == "a\nw\nb\nso\n=2"
    assert (await last("budget_forcing(waits=0)", 0, model)).value == "1"


async def test_thinking_is_cut_at_its_limit() -> None:
    model = certain("aaaa\n", "so\n", "=1")
    model = replace(model, table={**model.table, "aaso\n": [Branch("=5", 1.0)]})
    cut = await last("budget_forcing(waits=0, think_tokens=2)", 0, model)
    assert cut.trajectory.text == "aaso\n=5"


async def test_a_model_goes_on_until_it_accepts_its_own_answer() -> None:
    model = certain("=1 no\n", "=2 no\n", "=3 yes\n", ".")
    settings = "accepted='yes\\n', rejected='no\\n'"
    found = await answers(f"propose_verify(rounds=5, {settings})", 0, model)
    assert [one.value for one in found] == ["1", "2", "3"]
    assert [one.score for one in found[-1].candidates] == [0.0, 0.0, 1.0]
    assert len(await answers(f"propose_verify(rounds=2, {settings})", 0, model)) == 2


@pytest.mark.parametrize("name", ["self_refine", "revision", "iterative_decoding", "budget_forcing", "propose_verify"])
async def test_a_model_without_dialogue_is_refused_before_anything_is_spent(name: str) -> None:
    world = small_world()
    assert isinstance(world.model, EnumerableModel)
    plain = replace(world.model.info, capabilities=world.model.info.capabilities - {Capability.DIALOGUE})
    run = replace(world, model=replace(world.model, info=plain)).run()
    with pytest.raises(MissingCapabilityError, match="pocket_dialogue"):
        await solve(world.problem, STRATEGIES.build(name), run)
    assert run.ledger.spent.tokens == 0


@pytest.mark.parametrize(
    "strategy",
    [
        "self_refine(rounds=0)", "revision(show=0)", "revision(accept=2)",
        "iterative_decoding(width=0)", "iterative_decoding(accept=3)",
        "budget_forcing(waits=-1)", "budget_forcing(think_tokens=0)", "budget_forcing(wait=' ')",
        "propose_verify(rounds=0)", "propose_verify(accepted='')",
    ],
)  # fmt: skip
def test_settings_out_of_range_are_refused(strategy: str) -> None:
    with pytest.raises(InvalidSettingError):
        STRATEGIES.build(strategy)
