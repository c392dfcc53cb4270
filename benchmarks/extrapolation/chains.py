"""Markov chain Monte Carlo over parametric forms, by an ensemble of walkers (Goodman and Weare 2010, stretch moves).

``pass_rate_draws``: mean and size of a Beta distribution and the share that is never solved, given the counts of right
samples: the exact posterior where pass rates are so distributed. ``form_draws``: a weighted sum of the power, the
saturation and the shifted power law with normal errors of the measured means, as Domhan et al. 2015 combine families.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import betaln, expit, softmax

from outlay.laws.curve import FloatArray, ScalingCurve

WALKERS, STEPS, THIN = 40, 1500, 10
"""Half of the steps are thrown away; every tenth ensemble of the rest is kept."""
Density = Callable[[FloatArray], FloatArray]
"""From (walkers, parameters) to log densities (walkers,), but for a constant."""


def sampled(density: Density, start: FloatArray, rng: np.random.Generator) -> FloatArray:
    """(kept, parameters) draws, from walkers that begin at ``start`` (WALKERS, parameters)."""
    walkers, log = start.copy(), density(start)
    half, size, kept = WALKERS // 2, start.shape[1], []
    for step in range(STEPS):
        for mine, others in ((slice(0, half), slice(half, None)), (slice(half, None), slice(0, half))):
            stretch = ((rng.random(half) + 1) ** 2) / 2
            partner = walkers[others][rng.integers(0, half, half)]
            moved = partner + stretch[:, None] * (walkers[mine] - partner)
            new = density(moved)
            taken = np.log(rng.random(half)) < (size - 1) * np.log(stretch) + new - log[mine]
            walkers[mine] = np.where(taken[:, None], moved, walkers[mine])
            log[mine] = np.where(taken, new, log[mine])
        if step >= STEPS // 2 and step % THIN == 0:
            kept.append(walkers.copy())
    return np.concatenate(kept)


def pass_rate_draws(curve: ScalingCurve, budget: float, rng: np.random.Generator) -> FloatArray:
    """Posterior draws of the coverage at a budget, from the counts."""
    assert curve.right is not None  # noqa: S101 (only curves of samples come here)
    tries = curve.right.shape[1]
    found, times = np.unique(curve.right.sum(axis=1), return_counts=True)

    def spread(values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        mean, size = np.clip(expit(values[:, 0]), 1e-6, 1 - 1e-6), np.exp(np.clip(values[:, 1], -7, 9))
        return mean * size, (1 - mean) * size, expit(values[:, 2])

    def density(values: FloatArray) -> FloatArray:
        a, b, never = (one[:, None] for one in spread(values))
        mass = (1 - never) * np.exp(betaln(a + found, b + tries - found) - betaln(a, b)) + never * (found == 0)
        prior = -0.5 * ((values[:, 0] / 3) ** 2 + (values[:, 1] / 1.5) ** 2 + ((values[:, 2] + 2) / 1.5) ** 2)
        return np.asarray(np.log(np.maximum(mass, 1e-300)) @ times + prior, np.float64)

    draws = sampled(density, rng.normal([0.0, 0.0, -2.0], 0.5, (WALKERS, 3)), rng)
    a, b, never = spread(draws)
    return np.asarray((1 - never) * -np.expm1(betaln(a, b + budget) - betaln(a, b)), np.float64)


def form_draws(curve: ScalingCurve, budget: float, rng: np.random.Generator) -> FloatArray:
    """Posterior draws of the accuracy at a budget, from means and their standard errors."""
    mean, error = curve.mean, curve.error
    unit = curve.budgets[0]

    def combined(values: FloatArray, budgets: FloatArray) -> FloatArray:
        x = budgets[None, :]
        power = np.exp(-np.exp(values[:, 0:1]) * x ** -np.exp(values[:, 1:2]))
        saturation = expit(values[:, 2:3]) * -np.expm1(-x * np.exp(np.minimum(values[:, 3:4], 3)))
        start, end = expit(values[:, 4:5]), expit(values[:, 5:6])
        shifted = end + (start - end) * x ** -np.exp(values[:, 6:7])
        weights = softmax(values[:, 7:10], axis=1)
        return np.asarray(
            weights[:, 0:1] * power + weights[:, 1:2] * saturation + weights[:, 2:3] * shifted, np.float64
        )

    centre = np.array([0.5, -1.0, 1.0, -2.0, -1.0, 0.5, -1.0, 0.0, 0.0, 0.0])
    width = np.array([1.5, 0.8, 1.5, 2.0, 1.5, 1.5, 0.8, 1.5, 1.5, 1.5])

    def density(values: FloatArray) -> FloatArray:
        with np.errstate(over="ignore", under="ignore"):
            misses = (combined(values, curve.budgets / unit) - mean) / error
        return np.asarray(-0.5 * ((misses**2).sum(axis=1) + (((values - centre) / width) ** 2).sum(axis=1)), np.float64)

    draws = sampled(density, rng.normal(centre, 0.5 * width, (WALKERS, 10)), rng)
    return combined(draws, np.array([budget / unit]))[:, 0]
