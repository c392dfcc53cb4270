"""``shortest`` answers with what the few shortest candidates agree on, whatever order they come in."""

from collections import Counter

import pytest

from outlay.core.answer import Answer
from outlay.core.errors import InvalidSettingError
from outlay.strategies import STRATEGIES
from outlay.testing import Arrival, small_world

pytestmark = pytest.mark.anyio


async def answers(settings: str, seed: int) -> list[Answer]:
    world = small_world(Arrival.IN_ORDER)
    return [
        answer
        async for answer in STRATEGIES.build(f"shortest({settings})").improve(world.problem, world.run(None, seed))
    ]


async def test_the_shortest_answer_wins_at_every_moment() -> None:
    lengths: Counter[int] = Counter()
    for seed in range(60):
        for answer in await answers("n=6", seed):
            valued = [one.trajectory for one in answer.candidates if one.value is not None]
            if not valued:
                assert answer.value is None
                continue
            least = min(one.completion_tokens for one in valued)
            assert answer.trajectory.completion_tokens == least
            assert answer.value == next(one for one in valued if one.completion_tokens == least).value
            assert answer.confidence == 1.0
            lengths[least] += 1
    assert len(lengths) > 1


async def test_the_kept_ones_vote() -> None:
    outvoted = 0
    for seed in range(60):
        last = (await answers("n=9, keep=3", seed))[-1]
        valued = [one for one in last.candidates if one.value is not None]
        kept = sorted(valued, key=lambda one: one.trajectory.completion_tokens)[:3]
        votes = Counter(one.value for one in kept)
        assert votes[last.value] == max(votes.values())
        assert last.confidence == pytest.approx(votes[last.value] / len(kept))
        outvoted += last.value != kept[0].value
    assert outvoted > 0


@pytest.mark.parametrize("settings", ["keep=0", "n=0", "temperature=-1"])
def test_settings_out_of_range_are_refused(settings: str) -> None:
    with pytest.raises(InvalidSettingError, match=settings.partition("=")[0]):
        STRATEGIES.build(f"shortest({settings})")
