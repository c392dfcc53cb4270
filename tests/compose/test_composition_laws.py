"""A composition keeps the laws of a strategy, whatever its layers."""

from dataclasses import replace

import pytest

from outlay.core.solve import solve
from outlay.core.strategy import Strategy
from outlay.testing import (
    Arrival,
    EnumerableVerifier,
    World,
    check_anytime,
    check_budget,
    check_cancellation,
    check_determinism,
    check_failures,
    many_budgets,
    small_world,
)
from outlay.testing.watched import require_within
from tests.compose.compositions import ALL

pytestmark = pytest.mark.anyio

LAYERS = (
    "generate(n=5)",
    "generate(n=2, strategy=particle_filter(n=2)), rank",
    "[generate(n=2), generate(strategy=self_consistency(n=2))], rank(keep=2), fuse(shown=list)",
    "generate(n=3), critique, rank(keep=2), [fuse(n=2), fuse(temperature=0.5, keep=true)], verify(accept=0.6), fuse",
)
CONSULTING = (
    "generate(n=3), rank(verifier=self_evaluation, keep=2)",
    "generate(n=3), rank(verifier=pairwise, keep=2), fuse",
    "generate(n=2), unit_tests(keep=2)",
)
"""Their verifiers ask the run's own model, whose tokens are then booked as a verifier's."""

every = pytest.mark.parametrize("layers", LAYERS)


def worlds(count: int = 3) -> list[World]:
    """Worlds that differ in timing alone."""
    return [small_world(), small_world(Arrival.AT_ONCE), *(small_world(Arrival.SHUFFLED, i) for i in range(count - 2))]


def built(layers: str) -> Strategy:
    return ALL.build(f"compose(layers=[{layers}])")


@every
@pytest.mark.parametrize("price", [0, 1])
async def test_no_limit_is_ever_passed(layers: str, price: int) -> None:
    await check_budget(built(layers), small_world(Arrival.SHUFFLED, price=price), seeds=(0,))


@pytest.mark.parametrize("layers", CONSULTING)
async def test_no_limit_is_ever_passed_where_verifiers_ask_the_model(layers: str) -> None:
    world = small_world(Arrival.SHUFFLED)
    for budget in many_budgets(world)[::3]:
        run = world.run(budget)
        outcome = await solve(world.problem, built(layers), run)
        require_within(run, budget, layers)
        assert outcome.answer is not None or outcome.stopped_by != "strategy"


@pytest.mark.parametrize("layers", [*LAYERS, *CONSULTING])
async def test_timing_changes_nothing(layers: str) -> None:
    same = worlds(4)
    await check_determinism(built(layers), same, [None], seeds=range(3))
    await check_determinism(built(layers), same, many_budgets(same[0]), seeds=(0,))


@pytest.mark.parametrize("layers", [one for one in LAYERS if built(one).info.verifier])
async def test_timing_changes_nothing_where_verdicts_overlap(layers: str) -> None:
    same = [
        replace(world, verifier=replace(world.verifier, reserves_first=True))
        for world in worlds()
        if isinstance(world.verifier, EnumerableVerifier)
    ]
    await check_determinism(built(layers), same, many_budgets(same[0]), seeds=(1,))


@every
async def test_every_answer_is_well_formed_and_leaving_early_leaves_nothing_behind(layers: str) -> None:
    await check_anytime(built(layers), small_world(Arrival.SHUFFLED), seeds=(0,))


@every
async def test_a_cancelled_run_is_settled(layers: str) -> None:
    await check_cancellation(built(layers), small_world(Arrival.SHUFFLED), seeds=(0,))


@every
async def test_a_call_that_fails_leaves_a_settled_ledger(layers: str) -> None:
    await check_failures(built(layers), small_world(Arrival.SHUFFLED), seeds=(0,))
