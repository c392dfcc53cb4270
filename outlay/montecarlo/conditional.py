"""Conditional sequential Monte Carlo: a particle filter in which one given path, the reference, survives.

Drawing the next reference from the final weights is a Markov kernel that leaves the filter's target as it is, for any
number of particles above one (Andrieu, Doucet and Holenstein 2010, Particle Markov Chain Monte Carlo Methods, section
4.5). Ancestor sampling gives the reference a new past at each resampling, so that it mixes with few particles
(Lindsten, Jordan and Schön 2014, Particle Gibbs with Ancestor Sampling, algorithm 2).

The reference stands in place 0 and the others are resampled multinomially: the schemes of lower variance would need
conditional forms of their own.
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar

import numpy as np

from outlay.montecarlo.log_weights import normalise_log_weights
from outlay.montecarlo.population import Population, ResampleInfo, ResampleStep, reweight
from outlay.montecarlo.resampling import multinomial
from outlay.montecarlo.sequential import SequentialModel

S = TypeVar("S")
T = TypeVar("T")


class Grafting(Protocol[S]):
    """How the rest of a path continues another past, for ancestor sampling."""

    def log_future(self, state: S, following: Sequence[S]) -> float:
        """Log of all transition probabilities and potentials of the later states, were they to follow ``state``."""
        ...

    def graft(self, state: S, following: Sequence[S]) -> Sequence[S]:
        """The later states as they are after ``state``."""
        ...


def conditional_resample(
    population: Population[T], rng: np.random.Generator, threshold: float = 0.5
) -> ResampleStep[T]:
    """Resample all but particle 0 if the effective sample size is below ``threshold * n``; at threshold 1, always.

    Afterwards all weights equal the mean weight before.

    Raises:
        ValueError: if ``threshold`` is outside [0, 1].
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold must be from 0 to 1; got {threshold}")
    count = len(population)
    size = population.effective_sample_size
    if size == 0 or (size >= threshold * count and threshold < 1):
        return ResampleStep(population, ResampleInfo(False, size, np.arange(count)))
    weights, log_mean = normalise_log_weights(population.log_weights)
    ancestors = np.concatenate([[0], multinomial(weights, count - 1, rng)])
    items = tuple(population.items[ancestor] for ancestor in ancestors)
    return ResampleStep(Population(items, np.full(count, log_mean)), ResampleInfo(True, size, ancestors))


def draw_one(population: Population[T], rng: np.random.Generator) -> T:
    """A particle with the probability of its weight; any one if all weights are zero."""
    if population.effective_sample_size == 0:
        return population.items[int(rng.integers(len(population)))]
    weights = normalise_log_weights(population.log_weights).weights
    return population.items[int(multinomial(weights, 1, rng)[0])]


def particle_gibbs_step(
    model: SequentialModel[S],
    reference: Sequence[S],
    count: int,
    rng: np.random.Generator,
    threshold: float = 0.5,
    grafting: Grafting[S] | None = None,
) -> tuple[S, ...]:
    """One sweep of conditional sequential Monte Carlo, and a path drawn from its final weights.

    Args:
        model: what moves and how it is scored.
        reference: the path so far, a state before the first step and one after each.
        count: particles with the reference, at least 2.
        rng: source of all randomness.
        threshold: share of ``count`` below which the effective sample size triggers resampling.
        grafting: with it, the reference's past is drawn anew at each resampling.

    Raises:
        ValueError: if ``count`` is below 2, the reference has another length than the model, ``threshold`` is outside
            [0, 1], or a log potential is NaN or +inf.
    """
    if count < 2:
        raise ValueError(f"count must be 2 or above; got {count}")
    if len(reference) != model.steps + 1:
        raise ValueError(f"the reference must have {model.steps + 1} states; got {len(reference)}")
    kept = tuple(reference)
    paths = [kept[:1], *((model.initial(rng),) for _ in range(count - 1))]
    population: Population[tuple[S, ...]] = Population.of_equals(paths)
    for step in range(1, model.steps + 1):
        resampled, info = conditional_resample(population, rng, threshold)
        if grafting is not None and info.resampled:
            kept = _with_new_past(population, kept[step:], grafting, rng)
        moved = [(*path, model.transition(path[-1], rng)) for path in resampled.items[1:]]
        items = (kept[: step + 1], *moved)
        log_potentials = np.array([model.log_potential(path[-1]) for path in items], np.float64)
        population = reweight(Population(items, resampled.log_weights), log_potentials)
    return draw_one(population, rng)


def _with_new_past(
    population: Population[tuple[S, ...]], following: Sequence[S], grafting: Grafting[S], rng: np.random.Generator
) -> tuple[S, ...]:
    """The rest of the reference on a past drawn by its weight times the probability of that future."""
    futures = np.array([grafting.log_future(path[-1], following) for path in population.items], np.float64)
    past = draw_one(reweight(population, futures), rng)
    return (*past, *grafting.graft(past[-1], following))
