"""Every strategy that ships keeps the laws of a strategy."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from outlay.core.strategy import Strategy
from outlay.montecarlo import ResamplingScheme
from outlay.strategies import STRATEGIES
from outlay.testing import (
    Arrival,
    Branch,
    EnumerableModel,
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

pytestmark = pytest.mark.anyio

OPEN = (
    "best_of_n", "self_consistency", "repeated_sampling", "best_of_majority", "perplexity_consistency",
    "marker_selection", "semantic_vote",
)  # fmt: skip
"""They spend the whole budget."""

CLOSED = (
    "greedy",
    "best_of_n(n=1)",
    "best_of_n(n=5)",
    "self_consistency(n=5)",
    "best_of_n(n=5, aggregate=product)",
    "repeated_sampling(n=5)",
    "repeated_sampling(n=5, accept=0.7)",
    "best_of_majority(n=6, frequency=0.3, k=2)",
    "perplexity_consistency(n=7)",
    "perplexity_consistency(n=4, prune=False)",
    "marker_selection(n=5, keep=2)",
    "semantic_vote(n=5)",
    "semantic_vote(n=4, equality=model)",
    "alignment_resampling(n=3)",
    "alignment_resampling(n=5, baseline=0.6)",
    "shortest(n=5)",
    "shortest(n=5, keep=3)",
    "weighted_vote(n=5)",
    "weighted_vote(n=5, weights=rank)",
    "beam_search(width=1, expansion=1)",
    "beam_search(width=2, expansion=3)",
    "lookahead_search(width=2, expansion=2, lookahead=2)",
    "dvts(width=2, expansion=2)",
    "rebase(width=4, balance=2, choose=vote)",
    "mcts(simulations=4, expansion=2)",
    "mcts(simulations=3, expansion=2, value=rollout)",
    "a_star(expansion=3)",
    "tool_tree(expansion=2, tries=12)",
    "tool_tree(expansion=2, tries=12, threshold=0.6)",
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
    "abstain(of=self_consistency(n=5), above=0.5)",
    "abstain(of=particle_filter(n=3), above=0.8)",
    "twisted_particle_filter(n=3, lookahead=2, threshold=1, choose=vote)",
)

TALKING = (
    "self_refine(rounds=2)",
    "revision(rounds=2)",
    "revision(rounds=3, show=2, keep=vote)",
    "revision(rounds=1, keep=last)",
    "revision(rounds=3, show=3, accept=1, tell=True, ask='again.')",
    "revision(rounds=2, accept=0.75, keep=last)",
    "iterative_decoding(rounds=2, width=3)",
    "settled_vote(n=7, error=0.2)",
    "settled_vote(n=7, error=0.1, batch=3)",
    "self_evaluation(n=3, accept=0.7)",
    "self_evaluation(n=3, prune=0.5, probe_steps=1)",
    "thinking_switch(tries=3, n=4)",
    "thinking_switch(tries=2, agreement=1, n=1)",
    "probe_commit(probes=3, agreement=1, hard=self_consistency(n=3))",
    "probe_commit(probes=3, agreement=1, hard=particle_filter(n=2))",
)

THINKING = ("budget_forcing(wait='w\\n')", "budget_forcing(wait='w\\n', waits=2, think_tokens=3, ask='')")
"""They meet a model that thinks before it answers, and knows what to do when told to wait."""

PROPOSING = ("propose_verify(rounds=3, accepted='yes\\n', rejected='no\\n')",)
"""They meet a model that writes verdicts on its own answers."""

TIMED = (
    "first_finish(n=4)",
    "first_finish(n=5, m=2)",
    "first_finish(n=5, m=2, which=last)",
    "particle_cascade(n=4)",
    "particle_cascade(n=3, choose=vote)",
)
"""Their answers depend on what arrives first, and they say so."""

CLOSED += TALKING + THINKING + PROPOSING

every = pytest.mark.parametrize("name", [*OPEN, *CLOSED, *TIMED])


class Endless(dict[str, list[Branch]]):
    """A table that is asked for what may follow any text."""

    def __init__(self, follows: Callable[[str], list[Branch]]) -> None:
        super().__init__()
        self._follows = follows

    def __contains__(self, _: object) -> bool:
        return True

    def __missing__(self, text: str) -> list[Branch]:
        return self._follows(text)


def thought(text: str) -> list[Branch]:
    """Up to two thoughts after each ``w``, an end of thinking, an answer."""
    if text.endswith("=\n"):
        return [Branch("=7", 0.5), Branch("=8", 0.375), Branch("none", 0.125)]
    room = 0.25 if text.count("t") - text.count("w") < 2 else 0.0
    return [Branch("=\n", 0.75 - room), Branch("=9", 0.25), *([Branch("t\n", room)] if room else [])]


def proposal(_: str) -> list[Branch]:
    """Answers with a verdict behind each, and one without."""
    return [Branch("=7 yes\n", 0.25), Branch("=8 no\n", 0.25), Branch("=9 no\n", 0.25), Branch("none", 0.25)]


def world_of(name: str, arrival: Arrival = Arrival.IN_ORDER, arrival_seed: int = 0, price: int = 1) -> World:
    """The small world, with a model that can do what the strategy asks for."""
    world = small_world(arrival, arrival_seed, price)
    if name in THINKING:
        card = replace(world.model.info, thinking_end="=\n")
        return replace(world, model=EnumerableModel(Endless(thought), arrival, arrival_seed, card))
    if name in PROPOSING:
        return replace(world, model=EnumerableModel(Endless(proposal), arrival, arrival_seed))
    return world


def worlds_of(name: str) -> list[World]:
    """Worlds that differ in timing alone."""
    shuffled = [world_of(name, Arrival.SHUFFLED, seed) for seed in range(4)]
    return [world_of(name), world_of(name, Arrival.AT_ONCE), *shuffled]


def built(name: str) -> Strategy:
    return STRATEGIES.build(name)


def test_every_strategy_is_checked() -> None:
    assert {name.partition("(")[0] for name in (*OPEN, *CLOSED, *TIMED)} == set(STRATEGIES)


def test_only_timed_strategies_are_spared_the_law_of_timing() -> None:
    assert all(built(name).info.timed for name in TIMED)
    assert not any(built(name).info.timed for name in (*OPEN, *CLOSED))


@every
@pytest.mark.parametrize("price", [0, 1])
async def test_no_limit_is_ever_passed(name: str, price: int) -> None:
    await check_budget(built(name), world_of(name, Arrival.SHUFFLED, price=price))


@pytest.mark.parametrize("name", CLOSED)
async def test_timing_changes_nothing_without_a_budget(name: str) -> None:
    await check_determinism(built(name), worlds_of(name), [None], seeds=range(8))


@pytest.mark.parametrize("name", TIMED)
async def test_a_timed_strategy_repeats_where_the_times_do(name: str) -> None:
    world = small_world(Arrival.SHUFFLED, 1)
    await check_determinism(built(name), [world, world], [None, *many_budgets(world)])


@pytest.mark.parametrize("name", [*OPEN, *CLOSED])
async def test_timing_changes_nothing_with_a_budget(name: str) -> None:
    worlds = worlds_of(name)
    await check_determinism(built(name), worlds, many_budgets(worlds[0])[::2], seeds=range(2))


@pytest.mark.parametrize("name", [name for name in (*OPEN, *CLOSED) if built(name).info.verifier])
async def test_timing_changes_nothing_where_verdicts_overlap_under_a_budget(name: str) -> None:
    worlds = [
        replace(world, verifier=replace(world.verifier, reserves_first=True))
        for world in worlds_of(name)
        if isinstance(world.verifier, EnumerableVerifier)
    ]
    await check_determinism(built(name), worlds, many_budgets(worlds[0])[::2], seeds=range(2))


@every
async def test_every_answer_is_well_formed_and_leaving_early_leaves_nothing_behind(name: str) -> None:
    await check_anytime(built(name), world_of(name, Arrival.SHUFFLED), seeds=range(2))


@every
async def test_a_cancelled_run_is_settled(name: str) -> None:
    await check_cancellation(built(name), world_of(name, Arrival.SHUFFLED))


@every
async def test_a_call_that_fails_leaves_a_settled_ledger(name: str) -> None:
    await check_failures(built(name), world_of(name, Arrival.SHUFFLED))
