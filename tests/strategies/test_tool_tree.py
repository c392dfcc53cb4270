"""``tool_tree`` goes back from calls that fail, and only tools that the problem names run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from outlay.core.answer import Answer
from outlay.core.errors import InvalidSettingError
from outlay.core.tool import Tool, Toolbox, ToolError
from outlay.strategies import STRATEGIES
from outlay.strategies.preferences import Preference, preferences
from outlay.testing import (
    SMALL_PROBLEM,
    Branch,
    EnumerableModel,
    EnumerableVerifier,
    World,
    check_anytime,
    check_budget,
    check_cancellation,
)
from tests.strategies.search_worlds import answers, last, on_pocket

pytestmark = pytest.mark.anyio

GOOD = '{"tool": "look", "arguments": {"word": "sun"}}\n'
FAILING = '{"tool": "look", "arguments": {"word": "moon"}}\n'
WRONG = '{"tool": "look", "arguments": {"word": 1}}\n'
UNKNOWN = '{"tool": "eval", "arguments": {"word": "sun"}}\n'
MALFORMED = '{"tool": "look", \n'
FOUND = '{"result": "sun is hot"}\n'
NOTHING = '{"error": "nothing about moon"}\n'
ERRORS = {
    FAILING: NOTHING,
    WRONG: '{"error": "arguments.word must be of type string"}\n',
    UNKNOWN: '{"error": "no tool eval; there are look"}\n',
    MALFORMED: '{"error": "the line is not JSON"}\n',
}


def world(first: Sequence[str], after: Mapping[str, str], words: list[str]) -> World:
    """The model writes one of the first lines; what it writes after each text is given."""

    def look(word: str) -> str:
        words.append(word)
        if word == "moon":
            raise ToolError("nothing about moon")
        return f"{word} is hot"

    # What no text follows still has to be in the table.
    table = {"": [Branch(line, 1 / len(first)) for line in first], **{line: [Branch("=0", 1.0)] for line in first}}
    table |= {text: [Branch(end, 1.0)] for text, end in after.items()}
    schema = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}
    problem = replace(
        SMALL_PROBLEM,
        step_rule=replace(SMALL_PROBLEM.step_rule, max_step_tokens=80, max_tokens=300),
        tools=Toolbox((Tool("look", "looks a word up", schema, look),)),
    )
    return World(problem, EnumerableModel(table), EnumerableVerifier({}))


def texts(answer: Answer) -> list[str]:
    return [one.trajectory.text for one in answer.candidates]


@pytest.mark.parametrize("bad", list(ERRORS))
async def test_it_goes_back_from_a_call_that_fails(bad: str) -> None:
    went_back = 0
    for seed in range(12):
        words: list[str] = []
        here = world([bad, GOOD], {GOOD + FOUND: "=hot", bad + ERRORS[bad]: "=cold"}, words)
        final = await last("tool_tree(expansion=8)", seed, here)
        assert final.value == "hot"
        assert final.trajectory.text == f"{GOOD}{FOUND}=hot"
        assert words.count("sun") == 1
        assert words.count("moon") == (bad == FAILING and len(final.candidates) > 1)
        if len(final.candidates) > 1:
            went_back += 1
            assert texts(final)[0] == bad + ERRORS[bad]
            assert final.candidates[0].score == 0.0
            assert preferences(final) == [Preference(here.problem.messages, "", GOOD, bad)]
    assert 0 < went_back < 12


async def test_only_when_all_else_failed_does_it_go_on_from_an_error() -> None:
    words: list[str] = []
    here = world([FAILING, WRONG], {FAILING + NOTHING: "=cold", WRONG + ERRORS[WRONG]: "=no"}, words)
    for seed in range(6):
        words.clear()
        final = await last("tool_tree(expansion=8)", seed, here)
        assert final.value in {"cold", "no"}
        assert len(final.candidates) == 2
        assert words == ["moon"]


async def test_the_laws_hold_where_tools_run() -> None:
    here = world([FAILING, GOOD], {FAILING + NOTHING: "=cold", GOOD + FOUND: "=hot"}, [])
    built = STRATEGIES.build("tool_tree")
    await check_budget(built, here, seeds=(0,))
    await check_anytime(built, here, seeds=(0, 1))
    await check_cancellation(built, here, seeds=(0, 1))


async def test_tries_are_counted() -> None:
    here = world([FAILING], {FAILING + NOTHING: "=cold"}, [])
    assert texts(await last("tool_tree(expansion=8, tries=3)", 0, here)) == [FAILING + NOTHING]
    assert (await last("tool_tree(expansion=2, tries=3)", 0, here)).value == "cold"


async def test_a_verifier_makes_dead_ends() -> None:
    for seed in range(6):
        final = await last("tool_tree(expansion=24, threshold=0.6)", seed)
        judged = {one.trajectory.text: one.score or 0.0 for one in final.candidates}
        assert judged[final.trajectory.text] >= 0.6
        assert all(score < 0.6 for text, score in judged.items() if text not in {final.trajectory.text, "none"})


async def test_without_tools_it_is_a_search_over_steps() -> None:
    for seed in range(6):
        assert all(answer.candidates for answer in await answers("tool_tree(expansion=2)", seed))


@pytest.mark.parametrize("settings", ["expansion=0", "tries=0", "threshold=1.5", "temperature=-1"])
def test_settings_out_of_range_are_refused(settings: str) -> None:
    with pytest.raises(InvalidSettingError, match=settings.partition("=")[0]):
        STRATEGIES.build(f"tool_tree({settings})")


async def test_it_answers_a_pocket_task_with_the_calculator() -> None:
    outcome = await on_pocket("tool_tree(threshold=0.5)")
    assert outcome.correct
    assert outcome.answer is not None
    written = [step.text for step in outcome.answer.trajectory.steps if step.token_ids is None]
    assert len(written) == 2
    assert all(";" in text for text in written)
