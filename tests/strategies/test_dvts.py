"""``dvts`` runs greedy subtrees that never compete before the end."""

import pytest

from outlay.core.errors import InvalidSettingError
from outlay.strategies import STRATEGIES
from outlay.testing import SMALL_SCORES
from tests.strategies.search_worlds import DEEP, answers, ends, last, on_pocket

pytestmark = pytest.mark.anyio


async def test_one_subtree_is_a_beam_search_of_width_one() -> None:
    for seed in range(10):
        found = await answers("dvts(width=1, expansion=3)", seed)
        expected = await answers("beam_search(width=1, expansion=3)", seed)
        assert [(one.value, one.trajectory.text) for one in found] == [
            (one.value, one.trajectory.text) for one in expected
        ]


async def test_each_subtree_keeps_its_place() -> None:
    kept_apart = 0
    for seed in range(10):
        for answer in await answers("dvts(width=3, expansion=2)", seed):
            assert len(answer.candidates) == 3
            assert all(one.score == SMALL_SCORES[one.trajectory.text] for one in answer.candidates)
        kept_apart += len(ends(answer)) > 1
    assert kept_apart > 3


async def test_votes_weigh_what_the_verifier_says() -> None:
    for seed in range(6):
        answer = await last("dvts(width=5, expansion=1, choose=vote)", seed)
        weights: dict[str, float] = {}
        for one in answer.candidates:
            if one.value is not None:
                weights[one.value] = weights.get(one.value, 0.0) + (one.score or 0.0)
        assert answer.value is not None
        assert weights[answer.value] == max(weights.values())


async def test_a_perfect_verifier_leads_to_the_right_leaf() -> None:
    assert {(await last("dvts(width=3, expansion=24)", seed, DEEP)).value for seed in range(2)} == {"4"}


@pytest.mark.parametrize("settings", ["width=0", "expansion=0", "temperature=-1"])
def test_settings_out_of_range_are_refused(settings: str) -> None:
    with pytest.raises(InvalidSettingError, match=settings.partition("=")[0]):
        STRATEGIES.build(f"dvts({settings})")


async def test_it_answers_a_pocket_task() -> None:
    assert (await on_pocket("dvts(width=2, expansion=4)")).correct
