"""Rewards made for best-of-N: a reward's quantile among base samples, and what to make of it (paper 86, InfAlign).

The calibrated reward of an answer is its quantile among the base model's answers to the same prompt. It is uniform on
[0, 1] for the base model, whatever the reward's scale, so a policy that is the base model reweighted by the reward is
a density f on [0, 1] with distribution function F. With these definitions (the equations below are worked out here from
the paper's; its numbers for them were not at hand):

    reweighting    f(u) proportional to exp(T(u) / beta), the optimum of E_f[T] - beta KL(f, uniform)
    win rate       W_N(f) = 1 - N integral of F(u)^N u^(N - 1) du: the best of N from f against the best of N base ones
    transformation T(u) = exp(t u), the paper's family for best-of-N; t < 0 with a minus sign serves worst-of-N

Best of one is the plain win rate, E_f[u]. Reweighting by a transformation of the calibrated reward is enough for any
way of using the samples; which one is best depends on N and on how far from the base model one may go.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import integrate

FloatArray = NDArray[np.float64]
Transform = Callable[[FloatArray], FloatArray]
"""From calibrated rewards to rewards, elementwise."""
GRID = 4001
"""Points of the trapezoid rule on [0, 1]."""


class ReweightedPolicy(NamedTuple):
    """What reweighting the base model by a transformed reward gives.

    Attributes:
        win_rate: of the best of N against the best of N of the base model; ties, of which there are none, half.
        divergence: Kullback-Leibler, from the base model, in nats.
    """

    win_rate: float
    divergence: float


def calibrated_reward(rewards: FloatArray, base: FloatArray) -> FloatArray:
    """(n,) rewards of answers to a prompt -> (n,): the share of base rewards (m,) below each, equal ones half.

    Raises:
        ValueError: if there are no base rewards, or one is NaN.
    """
    if base.ndim != 1 or not len(base) or np.isnan(base).any() or np.isnan(rewards).any():
        raise ValueError(f"needs base rewards (m,) with m above 0 and none NaN; got {base.shape}")
    ordered = np.sort(base)
    below, upto = np.searchsorted(ordered, rewards, "left"), np.searchsorted(ordered, rewards, "right")
    return np.asarray((below + upto) / (2 * len(base)), np.float64)


def exponential_transform(calibrated: FloatArray, t: float) -> FloatArray:
    """exp(t u) for t above 0, -exp(t u) below, u at 0: rising for every t, steep where best- or worst-of-N looks.

    Raises:
        ValueError: if a calibrated reward is outside 0 to 1.
    """
    if not ((calibrated >= 0) & (calibrated <= 1)).all():
        raise ValueError("calibrated rewards must be between 0 and 1")
    return calibrated if t == 0 else np.sign(t) * np.exp(t * calibrated)


def best_of_n_win_rate(transform: Transform, n: int, beta: float) -> ReweightedPolicy:
    """Win rate and divergence of the base model reweighted by exp(transform(u) / beta), by quadrature.

    Raises:
        ValueError: if ``n`` is below 1 or ``beta`` not above 0.
    """
    if n < 1 or not beta > 0:
        raise ValueError(f"needs n of 1 or above and beta above 0; got {n} and {beta}")
    u = np.linspace(0, 1, GRID)
    exponent = transform(u) / beta
    weight = np.exp(exponent - exponent.max())
    mass = integrate.trapezoid(weight, u)
    density, reached = weight / mass, integrate.cumulative_trapezoid(weight, u, initial=0) / mass
    lost = integrate.trapezoid(n * reached**n * u ** (n - 1), u)
    divergence = integrate.trapezoid(density * (exponent - exponent.max() - np.log(mass)), u)
    return ReweightedPolicy(float(1 - lost), float(divergence))
