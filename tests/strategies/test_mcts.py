"""``mcts`` backs up values, walks by PUCT and leaves nothing half-finished."""

from collections.abc import Iterator

import pytest

from outlay.core.errors import InvalidSettingError
from outlay.core.trajectory import Trajectory
from outlay.strategies import STRATEGIES
from outlay.strategies.propagate import Moved
from outlay.strategies.search.mcts import Node, select
from outlay.testing import SMALL_PROBLEM, SMALL_SCORES
from tests.strategies.search_worlds import DEEP, answers, last, on_pocket

pytestmark = pytest.mark.anyio


def node(parent: Node | None = None, value: float = 0.0, prior: float = 1.0) -> Node:
    made = Node(Moved(Trajectory(SMALL_PROBLEM), value), parent, prior)
    if parent:
        parent.children.append(made)
        made.back_up(value)
    return made


def below(top: Node) -> Iterator[Node]:
    for child in top.children:
        yield child
        yield from below(child)


def test_a_value_is_the_mean_of_all_that_was_found_at_and_below_a_node() -> None:
    root = node()
    left, right = node(root, 0.25, 0.5), node(root, 0.75, 0.5)
    for value in (0.5, 1.0):
        node(node(left, value), value / 2)
    for top in (root, left, right):
        found = [one.moved.score or 0.0 for one in below(top)] + ([] if top is root else [top.moved.score or 0.0])
        assert top.visits == len(found)
        assert top.value == pytest.approx(sum(found) / len(found))


def test_the_walk_weighs_value_prior_and_visits() -> None:
    root = node()
    left, right = node(root, 0.5, 0.9), node(root, 0.75, 0.1)
    assert select(root, 0.0) is right
    assert select(root, 1.0) is left
    left.close()
    assert select(root, 1.0) is right
    right.close()
    assert not root.expandable


async def test_it_ends_when_nothing_is_left_to_expand() -> None:
    for seed in range(4):
        found = await answers("mcts(simulations=60, expansion=32)", seed)
        assert len(found) == 4
        texts = {one.trajectory.text for one in found[-1].candidates}
        assert texts <= {text for text in SMALL_SCORES if not text.endswith("\n")}
        assert found[-1].value == "10"


async def test_the_best_partial_answer_is_carried_to_its_end() -> None:
    for seed in range(6):
        found = await answers("mcts(simulations=1, expansion=2)", seed, DEEP)
        assert [one.trajectory.finished for one in found] == [False, True]
        assert found[-1].value is not None


async def test_rollouts_are_candidates_and_tell_the_value() -> None:
    for seed in range(6):
        first = (await answers("mcts(simulations=2, expansion=3, value=rollout)", seed))[0]
        assert all(one.trajectory.finished for one in first.candidates)
        assert all(one.score == SMALL_SCORES[one.trajectory.text] for one in first.candidates)


async def test_a_perfect_verifier_leads_to_the_right_leaf() -> None:
    for value in ("score", "rollout"):
        found = {
            (await last(f"mcts(simulations=8, expansion=24, value={value})", seed, DEEP)).value for seed in range(2)
        }
        assert found == {"4"}


@pytest.mark.parametrize("settings", ["simulations=0", "expansion=0", "exploration=-1", "temperature=-1"])
def test_settings_out_of_range_are_refused(settings: str) -> None:
    with pytest.raises(InvalidSettingError, match=settings.partition("=")[0]):
        STRATEGIES.build(f"mcts({settings})")


async def test_it_answers_a_pocket_task() -> None:
    assert (await on_pocket("mcts(simulations=8)")).correct
