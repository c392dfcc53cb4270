"""Sequential Monte Carlo over any model: particles move, are weighted, and are resampled when weights degenerate.

The target after t steps is, up to its normalising constant, the model's own distribution over paths times the product
of the potentials of the states after each step (Naesseth, Lindsten and Schön 2019, Elements of Sequential Monte Carlo,
algorithm 3). The final population is properly weighted with respect to it, whatever the resampling times.
"""

from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np

from outlay.montecarlo.population import Population, ResampleInfo, resample_if_degenerate, reweight
from outlay.montecarlo.resampling import ResamplingScheme

S = TypeVar("S")


class SequentialModel(Protocol[S]):
    """A state that moves at random for a fixed number of steps and is scored after each."""

    @property
    def steps(self) -> int:
        """How many transitions, at least 0."""
        ...

    def initial(self, rng: np.random.Generator) -> S:
        """A draw of the state before the first step; it carries no potential."""
        ...

    def transition(self, state: S, rng: np.random.Generator) -> S:
        """A draw of the next state. The given one must not be changed: copies of a particle share it."""
        ...

    def log_potential(self, state: S) -> float:
        """Log of the factor, at least 0, that a state after a step multiplies its particle's weight by."""
        ...


@dataclass(frozen=True, slots=True)
class StepInfo:
    """What happened in one step.

    Attributes:
        resampling: what was done before the particles moved.
        log_evidence: after the particles were weighted; its exponential is an unbiased estimate of the target's
            normalising constant at this step.
    """

    resampling: ResampleInfo
    log_evidence: float


class SequentialStep(NamedTuple, Generic[S]):
    """A population after one step, and what happened."""

    population: Population[S]
    info: StepInfo


@dataclass(frozen=True, slots=True)
class SequentialResult(Generic[S]):
    """Where the particles ended.

    Attributes:
        population: final states, properly weighted with respect to the target.
        infos: one for each step.
    """

    population: Population[S]
    infos: tuple[StepInfo, ...]

    @property
    def log_evidence(self) -> float:
        """Log of an unbiased estimate of the target's normalising constant."""
        return self.population.log_evidence


def sequential_step(
    model: SequentialModel[S],
    population: Population[S],
    rng: np.random.Generator,
    scheme: ResamplingScheme = ResamplingScheme.SYSTEMATIC,
    threshold: float = 0.5,
) -> SequentialStep[S]:
    """Resample if needed, move every particle, multiply its weight by the potential of its new state.

    Raises:
        ValueError: if ``threshold`` is outside [0, 1], or a log potential is NaN or +inf.
    """
    chosen, resampling = resample_if_degenerate(population, rng, scheme, threshold)
    states = tuple(model.transition(state, rng) for state in chosen.items)
    log_potentials = np.array([model.log_potential(state) for state in states], np.float64)
    moved = reweight(Population(states, chosen.log_weights), log_potentials)
    return SequentialStep(moved, StepInfo(resampling, moved.log_evidence))


def sequential_monte_carlo(
    model: SequentialModel[S],
    count: int,
    rng: np.random.Generator,
    scheme: ResamplingScheme = ResamplingScheme.SYSTEMATIC,
    threshold: float = 0.5,
) -> SequentialResult[S]:
    """All steps of a model with ``count`` particles.

    Args:
        model: what moves and how it is scored.
        count: particles, at least 1.
        rng: source of all randomness.
        scheme: how ancestors are drawn.
        threshold: share of ``count`` below which the effective sample size triggers resampling, in [0, 1]; 0 is
            importance sampling, 1 resamples before every step unless all weights are equal.

    Raises:
        ValueError: if ``count`` is below 1, ``threshold`` is outside [0, 1], or a log potential is NaN or +inf.
    """
    if count < 1:
        raise ValueError(f"count must be 1 or above; got {count}")
    population = Population.of_equals(model.initial(rng) for _ in range(count))
    infos = []
    for _ in range(model.steps):
        population, info = sequential_step(model, population, rng, scheme, threshold)
        infos.append(info)
    return SequentialResult(population, tuple(infos))
