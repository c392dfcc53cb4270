"""A weighted population: particles with log weights, and the pure steps that reweight and resample it.

A population is properly weighted with respect to an unnormalised target f if, for every bounded function h, the
expected value of ``mean(weights * h(items))`` is the sum of ``f * h`` (Naesseth, Lindsten and Schön 2019, Elements of
Sequential Monte Carlo, section 4.3). Reweighting and resampling keep this property, so that at any time the mean
weight is an unbiased estimate of the normalising constant: resampled particles all get the mean weight.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from outlay.montecarlo.log_weights import effective_sample_size, log_mean_exp, normalise_log_weights
from outlay.montecarlo.resampling import RESAMPLING_SCHEMES, ResamplingScheme

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Population(Generic[T]):
    """Particles and their log weights; immutable.

    Attributes:
        items: n particles, n above 0.
        log_weights: (n,), in log space, unnormalised; -inf for a particle of weight zero. A read-only copy.

    Raises:
        ValueError: if there are no particles, the shapes differ, or a log weight is NaN or +inf.
    """

    items: tuple[T, ...]
    log_weights: FloatArray

    def __post_init__(self) -> None:
        log_weights = np.array(self.log_weights, np.float64)
        if log_weights.shape != (len(self.items),) or not self.items:
            given = f"{len(self.items)} items and log weights of shape {log_weights.shape}"
            raise ValueError(f"a population needs n items and log weights (n,) with n above 0; got {given}")
        if np.isnan(log_weights).any() or np.isposinf(log_weights).any():
            raise ValueError("log weights must be finite or -inf; got NaN or +inf")
        log_weights.flags.writeable = False
        object.__setattr__(self, "log_weights", log_weights)

    @classmethod
    def of_equals(cls, items: Iterable[T]) -> "Population[T]":
        """Particles of weight one each."""
        listed = tuple(items)
        return cls(listed, np.zeros(len(listed)))

    def __len__(self) -> int:
        return len(self.items)

    @property
    def log_evidence(self) -> float:
        """Log of the mean weight, whose exponential is an unbiased estimate of the normalising constant."""
        return log_mean_exp(self.log_weights)

    @property
    def effective_sample_size(self) -> float:
        """Between 1 and n; 0 if all weights are zero."""
        return effective_sample_size(self.log_weights)

    def expectation(self, function: Callable[[T], float]) -> float:
        """Weighted mean of a function; consistent as n grows, biased of order 1/n.

        Raises:
            ValueError: if all weights are zero.
        """
        weights = normalise_log_weights(self.log_weights).weights
        return float(weights @ np.array([function(item) for item in self.items], np.float64))


class ResampleInfo(NamedTuple):
    """What a resampling step did.

    Attributes:
        resampled: whether particles were drawn anew.
        effective_sample_size: before the step, between 1 and n; 0 if all weights were zero.
        ancestors: (n,), the index that each particle had before the step.
    """

    resampled: bool
    effective_sample_size: float
    ancestors: IntArray


class ResampleStep(NamedTuple, Generic[T]):
    """A population after resampling, and what was done."""

    population: Population[T]
    info: ResampleInfo


def reweight(population: Population[T], log_factors: FloatArray) -> Population[T]:
    """The population with each weight multiplied by its factor, given in log space, (n,).

    Raises:
        ValueError: if ``log_factors`` is not (n,), or one is NaN or +inf.
    """
    if log_factors.shape != population.log_weights.shape:
        raise ValueError(f"log factors must have shape {population.log_weights.shape}; got {log_factors.shape}")
    return Population(population.items, population.log_weights + log_factors)


def resample_if_degenerate(
    population: Population[T],
    rng: np.random.Generator,
    scheme: ResamplingScheme = ResamplingScheme.SYSTEMATIC,
    threshold: float = 0.5,
) -> ResampleStep[T]:
    """Resample if the effective sample size is below ``threshold * n``; else leave the population as it is.

    After resampling all weights equal the mean weight before. If all weights are zero there is nothing to draw from,
    and the population stays as it is, with evidence zero.

    Args:
        population: n weighted particles.
        rng: source of randomness; not touched if nothing is resampled.
        scheme: how ancestors are drawn.
        threshold: in [0, 1]; 0 never resamples, 1 whenever weights differ.

    Raises:
        ValueError: if ``threshold`` is outside [0, 1].
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold must be from 0 to 1; got {threshold}")
    count = len(population)
    size = population.effective_sample_size
    if size == 0 or size >= threshold * count:
        return ResampleStep(population, ResampleInfo(False, size, np.arange(count)))
    weights, log_mean = normalise_log_weights(population.log_weights)
    ancestors = RESAMPLING_SCHEMES[scheme](weights, count, rng)
    items = tuple(population.items[ancestor] for ancestor in ancestors)
    return ResampleStep(Population(items, np.full(count, log_mean)), ResampleInfo(True, size, ancestors))


def resample_by(
    population: Population[T],
    log_priorities: FloatArray,
    rng: np.random.Generator,
    scheme: ResamplingScheme = ResamplingScheme.SYSTEMATIC,
) -> ResampleStep[T]:
    """Resample by other weights than the population's own, and carry the quotient of the two as correction.

    Of n particles each is expected to be copied ``n q`` times, where q are the normalised priorities, and each of its
    copies weighs ``w / (n q)``: the population stays properly weighted with respect to the same target, whatever the
    priorities. If all priorities are zero the population stays as it is.

    Args:
        population: n weighted particles.
        log_priorities: (n,), in log space, unnormalised; above zero wherever a weight is.
        rng: source of randomness; not touched if nothing is resampled.
        scheme: how ancestors are drawn.

    Raises:
        ValueError: if ``log_priorities`` is not (n,), one is NaN or +inf, or a particle that weighs something has
            priority zero.
    """
    count = len(population)
    if log_priorities.shape != population.log_weights.shape:
        raise ValueError(f"log priorities must have shape {population.log_weights.shape}; got {log_priorities.shape}")
    if (np.isfinite(population.log_weights) & ~np.isfinite(log_priorities)).any():
        raise ValueError("a particle that weighs something must have a finite log priority")
    size = effective_sample_size(log_priorities)
    if size == 0:
        return ResampleStep(population, ResampleInfo(False, size, np.arange(count)))
    priorities, log_mean = normalise_log_weights(log_priorities)
    ancestors = RESAMPLING_SCHEMES[scheme](priorities, count, rng)
    items = tuple(population.items[ancestor] for ancestor in ancestors)
    log_weights = population.log_weights[ancestors] - log_priorities[ancestors] + log_mean
    return ResampleStep(Population(items, log_weights), ResampleInfo(True, size, ancestors))
