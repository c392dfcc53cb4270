"""``rebase`` shares the children of a depth by the softmax of their parents' scores."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.core.errors import InvalidSettingError
from outlay.strategies import STRATEGIES
from outlay.strategies.search.rebase import children_counts
from outlay.testing import SMALL_SCORES
from tests.strategies.search_worlds import DEEP, answers, last, on_pocket

pytestmark = pytest.mark.anyio


@settings(max_examples=50)
@given(
    st.lists(st.integers(0, 20).map(lambda twentieths: twentieths / 20), min_size=1, max_size=12),
    st.floats(0.01, 10),
    st.integers(0, 64),
)
def test_counts_sum_to_the_width_and_follow_the_softmax(scores: list[float], balance: float, total: int) -> None:
    counts = children_counts(scores, balance, total)
    weights = np.exp((np.array(scores) - max(scores)) / balance)
    assert sum(counts) == total
    assert np.all(np.abs(np.array(counts) - total * weights / weights.sum()) < 1)
    ranked = sorted(zip(scores, counts, strict=True))
    assert [count for _, count in ranked] == sorted(counts)


def test_balance_goes_from_greedy_to_even() -> None:
    assert children_counts([0.9, 0.5, 0.1], 0.001, 9) == [9, 0, 0]
    assert children_counts([0.9, 0.5, 0.1], 1000, 9) == [3, 3, 3]
    assert children_counts([0.5, 0.5], 0.2, 3) == [2, 1]


async def test_finished_answers_take_places_for_good() -> None:
    for seed in range(6):
        steps = await answers("rebase(width=6)", seed)
        done: Counter[str] = Counter()
        for answer in steps:
            assert len(answer.candidates) == 6
            now = Counter(one.trajectory.text for one in answer.candidates if one.trajectory.finished)
            assert now >= done
            done = now
            assert all(one.score == SMALL_SCORES[one.trajectory.text] for one in answer.candidates)
        assert done.total() == 6


async def test_a_perfect_verifier_leads_to_the_right_leaf() -> None:
    assert {(await last("rebase(width=24, balance=0.05)", seed, DEEP)).value for seed in range(3)} == {"4"}


@pytest.mark.parametrize("settings", ["width=0", "balance=0", "temperature=-1"])
def test_settings_out_of_range_are_refused(settings: str) -> None:
    with pytest.raises(InvalidSettingError, match=settings.partition("=")[0]):
        STRATEGIES.build(f"rebase({settings})")


async def test_it_answers_a_pocket_task() -> None:
    assert (await on_pocket("rebase(width=8)")).correct
