"""``a_star`` takes the open answer of least estimated cost, and ends when that one is finished."""

from itertools import pairwise

import pytest

from outlay.core.answer import Answer
from outlay.core.errors import InvalidSettingError
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.strategies import STRATEGIES
from outlay.strategies.propagate import Moved
from outlay.strategies.search.a_star import Open
from outlay.testing import SMALL_PROBLEM, SMALL_SCORES
from tests.strategies.search_worlds import DEEP, answers, ends, last, on_pocket

pytestmark = pytest.mark.anyio


def opened(*scores: float) -> Open:
    trajectory, node = Trajectory(SMALL_PROBLEM), Open(Moved(Trajectory(SMALL_PROBLEM)), 0.0, 0)
    for number, score in enumerate(scores, start=1):
        trajectory = trajectory.extend(Step("a\n", trajectory.last), Finish.STEP)
        node = node.child(Moved(trajectory, score), number)
    return node


def test_an_estimate_is_what_was_lost_and_what_is_lacking() -> None:
    assert opened(0.5).priority[0] == pytest.approx(0.5)
    assert opened(0.5, 0.75).priority[0] == pytest.approx(0.25)
    assert opened(0.75, 0.5).priority[0] == pytest.approx(0.25 + 0.5)
    assert opened(0.5, 1.0, 0.25, 1.0).priority[0] == pytest.approx(0.75)
    assert opened(1.0, 1.0).priority < opened(1.0).priority


def estimates(answer: Answer) -> dict[str, float]:
    """The estimated cost of each candidate, from the table of scores."""
    found = {}
    for one in answer.candidates:
        texts = [step.text for step in one.trajectory.steps]
        scores = [SMALL_SCORES["".join(texts[: i + 1])] for i in range(len(texts))]
        falls = sum(max(0.0, a - b) for a, b in pairwise(scores))
        found[one.trajectory.text] = falls + 1 - scores[-1]
    return found


async def test_the_answer_is_the_finished_one_of_least_cost() -> None:
    values = set()
    for seed in range(12):
        for answer in await answers("a_star(expansion=3)", seed):
            costs = estimates(answer)
            valued = {text: cost for text, cost in costs.items() if "=" in text}
            if valued:
                assert costs[answer.trajectory.text] == min(valued.values())
        values.add(answer.value)
    assert len(values) > 1


async def test_nothing_open_is_cheaper_when_it_ends() -> None:
    for seed in range(12):
        final = await last("a_star(expansion=3)", seed)
        costs = estimates(final)
        assert costs[final.trajectory.text] == min(cost for text, cost in costs.items() if text != "none")


async def test_the_frontier_is_never_exceeded() -> None:
    for seed in range(6):
        for answer in await answers("a_star(expansion=4, frontier=2)", seed):
            assert sum(not one.trajectory.finished for one in answer.candidates) <= 2


async def test_a_perfect_verifier_leads_straight_to_the_right_leaf() -> None:
    for seed in range(3):
        found = await answers("a_star(expansion=24)", seed, DEEP)
        assert found[-1].value == "4"
        assert len(found) == 3
        assert ends(found[-1])["b\nc\n=4"] == 1.0


@pytest.mark.parametrize("settings", ["expansion=0", "frontier=0", "temperature=-1"])
def test_settings_out_of_range_are_refused(settings: str) -> None:
    with pytest.raises(InvalidSettingError, match=settings.partition("=")[0]):
        STRATEGIES.build(f"a_star({settings})")


async def test_it_answers_a_pocket_task() -> None:
    assert (await on_pocket("a_star(expansion=8)")).correct
