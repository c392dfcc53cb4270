"""Every strategy that ships keeps the laws of a strategy."""

import pytest

from outlay.core.strategy import Strategy
from outlay.montecarlo import ResamplingScheme
from outlay.strategies import STRATEGIES
from outlay.testing import (
    Arrival,
    check_anytime,
    check_budget,
    check_cancellation,
    check_determinism,
    many_budgets,
    small_world,
)

pytestmark = pytest.mark.anyio

OPEN = ("best_of_n", "self_consistency", "self_consistency(weighted=True)")
"""They spend the whole budget."""

CLOSED = (
    "greedy",
    "best_of_n(n=1)",
    "best_of_n(n=5)",
    "self_consistency(n=5)",
    "self_consistency(n=5, weighted=True)",
    "shortest(n=5)",
    "shortest(n=5, keep=3)",
    "weighted_vote(n=5)",
    "weighted_vote(n=5, weights=rank)",
    "beam_search(width=1, expansion=1)",
    "beam_search(width=2, expansion=3)",
    *(f"particle_filter(n=4, resampling={scheme})" for scheme in ResamplingScheme),
    "particle_filter(n=5, threshold=1, choose=vote)",
    "particle_filter(n=3, threshold=0)",
    "particle_filter(n=4, threshold=1, moves=2)",
    "particle_gibbs(n=3, iterations=2)",
    "particle_gibbs(n=2, iterations=3, threshold=1, choose=vote)",
    "particle_gibbs(n=3, iterations=3, threshold=1, ancestor_sampling=true)",
    "parallel_tempering(n=2, iterations=2, chains=2)",
    "parallel_tempering(n=2, iterations=2, chains=3, threshold=1, choose=vote)",
    "particle_cascade(n=4, ordered=true)",
    "particle_cascade(n=3, ordered=true, choose=vote)",
    "entropic_particle_filter(n=4, annealing=3)",
    "entropic_particle_filter(n=5, threshold=1, choose=vote)",
    "twisted_particle_filter(n=4)",
    "twisted_particle_filter(n=3, lookahead=2, threshold=1, choose=vote)",
)

TIMED = ("particle_cascade(n=4)", "particle_cascade(n=3, choose=vote)")
"""Their answers depend on what arrives first, and they say so."""

WORLDS = (
    small_world(Arrival.IN_ORDER),
    small_world(Arrival.AT_ONCE),
    *(small_world(Arrival.SHUFFLED, seed) for seed in range(4)),
)

every = pytest.mark.parametrize("name", [*OPEN, *CLOSED, *TIMED])


def built(name: str) -> Strategy:
    return STRATEGIES.build(name)


def test_every_strategy_is_checked() -> None:
    assert {name.partition("(")[0] for name in (*OPEN, *CLOSED)} == set(STRATEGIES)


def test_only_timed_strategies_are_spared_the_law_of_timing() -> None:
    assert all(built(name).info.timed for name in TIMED)
    assert not any(built(name).info.timed for name in (*OPEN, *CLOSED))


@every
@pytest.mark.parametrize("price", [0, 1])
async def test_no_limit_is_ever_passed(name: str, price: int) -> None:
    await check_budget(built(name), small_world(Arrival.SHUFFLED, price=price))


@pytest.mark.parametrize("name", CLOSED)
async def test_timing_changes_nothing_without_a_budget(name: str) -> None:
    await check_determinism(built(name), WORLDS, [None], seeds=range(8))


@pytest.mark.parametrize("name", [*OPEN, *CLOSED])
async def test_timing_changes_nothing_with_a_budget(name: str) -> None:
    world = small_world()
    await check_determinism(built(name), WORLDS, many_budgets(world), seeds=range(3))


@every
async def test_every_answer_is_well_formed_and_leaving_early_leaves_nothing_behind(name: str) -> None:
    await check_anytime(built(name), small_world(Arrival.SHUFFLED), seeds=range(2))


@every
async def test_a_cancelled_run_is_settled(name: str) -> None:
    await check_cancellation(built(name), small_world(Arrival.SHUFFLED))
