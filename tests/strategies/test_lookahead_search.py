"""``lookahead_search`` judges a step by where a greedy rollout of it leads."""

import pytest

from outlay.core.errors import InvalidSettingError
from outlay.strategies import STRATEGIES
from outlay.testing import SMALL_PROBLEM, EnumerableVerifier, World
from tests.strategies.search_worlds import DEEP, answers, ends, last, on_pocket

pytestmark = pytest.mark.anyio

GREEDY = {"a\n": "a\n=7", "bb\n": "bb\n=9"}
"""Where the small model goes at temperature 0."""


async def test_without_lookahead_it_is_beam_search() -> None:
    for seed in range(8):
        found = await answers("lookahead_search(width=2, expansion=3, lookahead=0)", seed)
        expected = await answers("beam_search(width=2, expansion=3)", seed)
        assert [(one.value, ends(one)) for one in found] == [(one.value, ends(one)) for one in expected]


async def test_a_step_has_the_score_of_its_rollout_and_the_rollout_is_a_candidate() -> None:
    seen: set[str] = set()
    for seed in range(8):
        first = (await answers("lookahead_search(width=4, expansion=4, lookahead=1)", seed))[0]
        scores = ends(first)
        for start, end in GREEDY.items():
            if start in scores:
                assert scores[start] == scores[end]
                seen.add(start)
    assert seen == set(GREEDY)


async def test_it_sees_what_a_step_leads_to_where_beam_search_does_not() -> None:
    late = EnumerableVerifier({"a\n": 0.9, "b\n": 0.1, "a\nc\n=2": 0.2, "b\nc\n=3": 1.0})
    world = World(SMALL_PROBLEM, DEEP.model, late)
    for seed in range(3):
        assert (await last("beam_search(width=1, expansion=16)", seed, world)).value != "3"
        assert (await last("lookahead_search(width=1, expansion=16, lookahead=2)", seed, world)).value == "3"


@pytest.mark.parametrize("settings", ["width=0", "expansion=0", "lookahead=-1", "temperature=-1"])
def test_settings_out_of_range_are_refused(settings: str) -> None:
    with pytest.raises(InvalidSettingError, match=settings.partition("=")[0]):
        STRATEGIES.build(f"lookahead_search({settings})")


async def test_it_answers_a_pocket_task() -> None:
    assert (await on_pocket("lookahead_search(width=2, expansion=3, lookahead=1)")).correct
