"""Small probabilistic programs, and running them by sampling.

A program is a function of ``Choices``: it may ask for any number of random choices, which may depend on earlier ones,
and multiply its weight by factors. It stands for an unnormalised distribution over its return values: the sum, over
all ways to choose that lead to a value, of the product of the probabilities and factors on the way. One program runs
under several interpreters, a representation of inference that Scibior et al. (POPL 2018, Denotational validation of
higher-order Bayesian inference) show to be sound: sampled here, enumerated exactly in ``enumeration``.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np

from outlay.montecarlo.population import Population

T = TypeVar("T")


class Choices(Protocol):
    """What a program asks of its interpreter."""

    def choose(self, probabilities: Sequence[float]) -> int:
        """A random index, each with its probability.

        Raises:
            ValueError: if there are no probabilities, one is negative or not finite, or the sum is not 1 to 1e-9.
        """
        ...

    def factor(self, log_weight: float) -> None:
        """Multiply the weight of this run by a factor given in log space; -inf makes the run impossible.

        Raises:
            ValueError: if ``log_weight`` is NaN or +inf.
        """
        ...


Program = Callable[[Choices], T]
"""A function whose result depends on its choices alone."""


class WeightedValue(NamedTuple, Generic[T]):
    """What one sampled run returned, and the log of the product of its factors."""

    value: T
    log_weight: float


class _Sampled:
    """Choices drawn with their own probabilities; factors accumulate."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self.log_weight = 0.0

    def choose(self, probabilities: Sequence[float]) -> int:
        cumulative = list(accumulate(checked_probabilities(probabilities)))
        return bisect_right(cumulative, self._rng.random() * cumulative[-1])

    def factor(self, log_weight: float) -> None:
        self.log_weight += checked_factor(log_weight)


def sample_program(program: Program[T], rng: np.random.Generator) -> WeightedValue[T]:
    """One run: choices come from their own probabilities, the weight is the product of the factors.

    Raises:
        ValueError: if the program gives probabilities or factors that are out of range.
    """
    choices = _Sampled(rng)
    value = program(choices)
    return WeightedValue(value, choices.log_weight)


def importance_sample(program: Program[T], count: int, rng: np.random.Generator) -> Population[T]:
    """Independent runs, properly weighted with respect to the program's unnormalised distribution.

    Raises:
        ValueError: if ``count`` is below 1, or the program gives probabilities or factors that are out of range.
    """
    if count < 1:
        raise ValueError(f"count must be 1 or above; got {count}")
    runs = [sample_program(program, rng) for _ in range(count)]
    return Population(tuple(run.value for run in runs), np.array([run.log_weight for run in runs]))


def checked_probabilities(probabilities: Sequence[float]) -> tuple[float, ...]:
    """The probabilities, divided by their sum.

    Raises:
        ValueError: if there are none, one is negative or not finite, or the sum is not 1 to 1e-9.
    """
    given = tuple(map(float, probabilities))
    total = math.fsum(given) if all(0 <= probability < 2 for probability in given) else math.nan
    if not abs(total - 1) <= 1e-9:
        raise ValueError(f"probabilities must be at least 0 and sum to 1; got {given}")
    return tuple(probability / total for probability in given)


def checked_factor(log_weight: float) -> float:
    """The log weight as it is.

    Raises:
        ValueError: if it is NaN or +inf.
    """
    if math.isnan(log_weight) or log_weight == math.inf:
        raise ValueError(f"a factor's log weight must be finite or -inf; got {log_weight}")
    return float(log_weight)
