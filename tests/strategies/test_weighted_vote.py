"""``weighted_vote`` answers with the value whose candidates weigh most."""

from collections import Counter

import pytest

from outlay.core.answer import Answer
from outlay.core.errors import UnknownNameError
from outlay.strategies import STRATEGIES
from outlay.testing import Arrival, small_world

pytestmark = pytest.mark.anyio


async def last_answer(settings: str, seed: int) -> Answer:
    world = small_world(Arrival.IN_ORDER)
    found = STRATEGIES.build(f"weighted_vote({settings})").improve(world.problem, world.run(None, seed))
    return [answer async for answer in found][-1]


@pytest.mark.parametrize("weights", ["score", "rank"])
async def test_the_heaviest_value_wins(weights: str) -> None:
    winners: set[str | None] = set()
    for seed in range(40):
        answer = await last_answer(f"n=7, weights={weights}", seed)
        scores = [one.score or 0.0 for one in answer.candidates]
        ranks = [sum(other <= score for other in scores) for score in scores]
        weighed: Counter[str] = Counter()
        for one, score, rank in zip(answer.candidates, scores, ranks, strict=True):
            if one.value is not None:
                weighed[one.value] += score if weights == "score" else rank  # type: ignore[assignment]
        assert answer.value is not None
        assert weighed[answer.value] == pytest.approx(max(weighed.values()))
        assert answer.confidence == pytest.approx(weighed[answer.value] / sum(weighed.values()))
        winners.add(answer.value)
    assert len(winners) > 1


def test_unknown_weights_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="weights"):
        STRATEGIES.build("weighted_vote(weights=length)")
