"""Moves that leave a distribution as it is: Metropolis acceptance, rejection, and swaps between tempered copies.

A proposal drawn from the base distribution p is accepted for the target p r with the ratio of r alone, the independent
Metropolis-Hastings of a resample-move particle filter (Gilks and Berzuini 2001, Following a Moving Target). Chains with
targets p r^b exchange their states by the same rule (Geyer 1991, Markov Chain Monte Carlo Maximum Likelihood).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
T = TypeVar("T")


def acceptance(log_old: FloatArray, log_new: FloatArray) -> FloatArray:
    """Metropolis probabilities min(1, new / old) of log densities (k,); whatever leaves density zero is accepted.

    Raises:
        ValueError: if the shapes differ, or an entry is NaN or +inf.
    """
    if log_old.shape != log_new.shape:
        raise ValueError(f"log densities must have one shape; got {log_old.shape} and {log_new.shape}")
    for given in (log_old, log_new):
        if np.isnan(given).any() or np.isposinf(given).any():
            raise ValueError("log densities must be finite or -inf; got NaN or +inf")
    possible = np.isfinite(log_old)
    gain = np.where(possible, log_new - np.where(possible, log_old, 0.0), 0.0)
    return np.exp(np.minimum(gain, 0.0))


def metropolis(log_old: FloatArray, log_new: FloatArray, rng: np.random.Generator) -> BoolArray:
    """Which proposals are accepted, (k,), each decided on its own.

    Raises:
        ValueError: if the shapes differ, or an entry is NaN or +inf.
    """
    accepted: BoolArray = rng.random(len(log_old)) < acceptance(log_old, log_new)
    return accepted


class Rejection(NamedTuple):
    """What came of rejection sampling.

    Attributes:
        accepted: position of the first accepted proposal; None if all were rejected.
        tried: how many proposals were looked at.
    """

    accepted: int | None
    tried: int


def rejection(
    log_densities: Sequence[float] | FloatArray, rng: np.random.Generator, log_bound: float = 0.0
) -> Rejection:
    """The first of some proposals from p that is accepted with probability r / bound: an exact draw from p r.

    Args:
        log_densities: log r of each proposal, in the order in which they were drawn.
        rng: source of randomness; one number a proposal that is looked at.
        log_bound: log of a number that r never passes.

    Raises:
        ValueError: if a density is above the bound or NaN.
    """
    for position, log_density in enumerate(log_densities):
        if not log_density <= log_bound:
            raise ValueError(f"log densities must not pass the bound {log_bound}; got {log_density}")
        if rng.random() < np.exp(log_density - log_bound):
            return Rejection(position, position + 1)
    return Rejection(None, len(log_densities))


def swap_probability(exponents: tuple[float, float], log_densities: tuple[float, float]) -> float:
    """Of exchanging the states of two chains with targets p r^b: min(1, (r_2 / r_1)^(b_1 - b_2)).

    Args:
        exponents: b of each chain, at least 0.
        log_densities: log r of the state that each chain holds.
    """
    (first, second), (mine, theirs) = exponents, log_densities
    before, after = (
        _power(first, mine) + _power(second, theirs),
        _power(first, theirs) + _power(second, mine),
    )
    return float(acceptance(np.array([before]), np.array([after]))[0])


def exchange_neighbours(
    exponents: FloatArray, log_densities: FloatArray, rng: np.random.Generator, first: int = 0
) -> IntArray:
    """One round of replica exchange: disjoint pairs of neighbours (first, first + 1), (first + 2, first + 3), ...

    Alternate ``first`` between 0 and 1, so that states travel through all chains (Syed et al. 2022, Non-Reversible
    Parallel Tempering).

    Args:
        exponents: (k,), b of each chain's target p r^b, at least 0.
        log_densities: (k,), log r of each chain's state.
        rng: source of randomness; one number a pair.
        first: 0 or 1.

    Returns:
        (k,), the index of the chain whose old state each chain holds now.
    """
    holders = np.arange(len(exponents))
    for low in range(first, len(exponents) - 1, 2):
        pair = [low, low + 1]
        (one, two), (mine, theirs) = exponents[pair].tolist(), log_densities[pair].tolist()
        if rng.random() < swap_probability((one, two), (mine, theirs)):
            holders[pair] = holders[pair[::-1]]
    return holders


def independent_metropolis(
    state: T, draw: Callable[[np.random.Generator], T], log_density: Callable[[T], float], rng: np.random.Generator
) -> T:
    """One move that leaves p r as it is: propose a draw from p, accept it by the ratio of r.

    Raises:
        ValueError: if a log density is NaN or +inf.
    """
    proposal = draw(rng)
    old, new = (np.array([log_density(one)], np.float64) for one in (state, proposal))
    return proposal if metropolis(old, new, rng)[0] else state


def _power(exponent: float, log_density: float) -> float:
    """Log of r^b, with 0^0 = 1."""
    return exponent * log_density if exponent else 0.0
