"""A sweep of conditional sequential Monte Carlo over steps, for one chain or for several at different temperatures.

A chain with exponent b has the target p(x) r(x)^b. Given a reference path, which holds place 0 and is weighed by the
scores of its own steps, a path drawn from the particles after the sweep leaves that target as it is.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import numpy as np

from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.verifier import Verifier
from outlay.montecarlo import Population, conditional_resample, log_sum_exp, reweight, temper
from outlay.strategies.smc.graft import with_new_past
from outlay.strategies.smc.particles import (
    Particles,
    Path,
    at_root,
    extend,
    finished,
    log_ratios,
    started,
    tell_weights,
    told,
)


@dataclass(frozen=True, slots=True)
class Chain:
    """What one chain carries from sweep to sweep.

    Attributes:
        exponent: of the score in the chain's target, above 0.
        reference: the path it holds; None before its first sweep, which is then an ordinary particle filter.
    """

    exponent: float = 1.0
    reference: Path | None = None


async def sweep(
    problem: Problem,
    run: Run,
    verifier: Verifier,
    chains: Sequence[Chain],
    n: int,
    threshold: float,
    temperature: float,
    ancestor_sampling: bool = False,
) -> AsyncIterator[list[Particles]]:
    """The n particles of each chain after every step, until all are finished or the budget is out.

    With ``ancestor_sampling`` the reference's past is drawn anew at each resampling; this needs temperature 1.
    """
    chains = list(chains)
    # One root, so that the first step of all chains is one call.
    populations = [at_root(problem, n)] * len(chains)
    for depth in range(1, problem.step_rule.max_steps + 1):
        populations = await _advance(run, verifier, chains, populations, depth, temperature)
        if any(map(started, populations)):
            yield populations
        if run.exhausted or all(map(finished, populations)):
            return
        for k, before in enumerate(populations):
            resampling = conditional_resample(before, run.rng, threshold)
            populations[k] = told(run, resampling, k)
            held = chains[k].reference
            if ancestor_sampling and resampling.info.resampled and held is not None:
                past = await with_new_past(run, verifier, before, held, chains[k].exponent)
                chains[k] = Chain(chains[k].exponent, past)


async def _advance(
    run: Run,
    verifier: Verifier,
    chains: Sequence[Chain],
    populations: Sequence[Particles],
    depth: int,
    temperature: float,
) -> list[Particles]:
    """All particles of all chains one step further at once, references along their own paths."""
    pairs = list(zip(chains, populations, strict=True))
    free = [path for chain, one in pairs for path in one.items[chain.reference is not None :]]
    moved = iter(await extend(run, free, verifier, temperature))
    after = []
    for k, (chain, one) in enumerate(pairs):
        # The old reference is not the particle in place 0 if its past was drawn anew.
        held = () if chain.reference is None else (chain.reference,)
        old = (*(path[:depth] for path in held), *one.items[len(held) :])
        new = (*(path[: depth + 1] for path in held), *(next(moved) for _ in one.items[len(held) :]))
        after.append(reweight(Population(new, one.log_weights), temper(log_ratios(old, new), chain.exponent)))
        tell_weights(run, after[-1], k)
    return after


def pool(populations: Sequence[Particles], bystanders: Sequence[Particles] = ()) -> Particles:
    """All particles together, each population with the same total weight; bystanders weigh nothing."""
    paths = [path for one in (*populations, *bystanders) for path in one.items]
    shares = [one.log_weights - max(log_sum_exp(one.log_weights), _LEAST) for one in populations]
    return Population(tuple(paths), np.concatenate([*shares, *(np.full(len(one), -np.inf) for one in bystanders)]))


_LEAST = -1e300
"""Stands for the log of a total weight of zero, which nothing can be divided by."""
