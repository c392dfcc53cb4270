"""A mixture of two Weibull distributions, to tell likely from unlikely among a few positive numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, gammaln

FloatArray = NDArray[np.float64]
LEAST = 8
"""Fewer different numbers than this say nothing of two distributions, which have five parameters."""
SHARES = (0.2, 0.8)
"""Bounds of a component's weight, so that neither fades to a single point (paper 13's choice)."""


@dataclass(frozen=True, slots=True)
class WeibullMixture:
    """Two Weibull distributions; the upper one has the larger mean.

    Attributes:
        upper_weight: of the upper one, in ``SHARES``.
        shapes: of the lower and the upper one.
        scales: likewise.
        log_likelihood: of the numbers it was fitted to.
    """

    upper_weight: float
    shapes: tuple[float, float]
    scales: tuple[float, float]
    log_likelihood: float

    def upper_share(self, values: FloatArray) -> FloatArray:
        """For each value the probability that it came from the upper one."""
        lower = np.log1p(-self.upper_weight) + _log_density(values, self.shapes[0], self.scales[0])
        upper = np.log(self.upper_weight) + _log_density(values, self.shapes[1], self.scales[1])
        share: FloatArray = expit(upper - lower)
        return share


def fit_weibull_mixture(values: FloatArray) -> WeibullMixture | None:
    """The likeliest mixture for positive numbers (n,), from a start at their quartiles; None if they are too few."""
    if len(np.unique(values)) < LEAST or values.min() <= 0:
        return None
    low, high = np.quantile(values, [0.25, 0.75])
    start = np.array([0.0, np.log(3.0), np.log(3.0), np.log(low), np.log(high)])
    bounds = [(-6, 6), (-1, 4), (-1, 4), *[(np.log(values.min()) - 1, np.log(values.max()) + 1)] * 2]
    found = minimize(_loss, start, (values,), method="L-BFGS-B", jac=True, bounds=bounds, options={"maxiter": 60})
    weight, *shape_and_scale = _parameters(found.x)
    shapes, scales = shape_and_scale[:2], shape_and_scale[2:]
    means = [np.log(scale) + gammaln(1 + 1 / shape) for shape, scale in zip(shapes, scales, strict=True)]
    if means[0] > means[1]:
        weight, shapes, scales = 1 - weight, shapes[::-1], scales[::-1]
    return WeibullMixture(weight, (shapes[0], shapes[1]), (scales[0], scales[1]), -float(found.fun))


def probable(values: FloatArray) -> NDArray[np.bool_]:
    """(n,) probabilities of paths -> (n,): which of them reasoning pruning keeps; all where there are too few to tell.

    Kept are those that more likely belong to the upper of two Weibull distributions, and those that are not below the
    mean (Zhou et al. 2025, Bridging Internal Probability and Self-Consistency, section 3).
    """
    mixture = fit_weibull_mixture(values)
    if mixture is None:
        return np.ones(len(values), np.bool_)
    return np.asarray((mixture.upper_share(values) >= 0.5) | (values >= values.mean()), np.bool_)


def _parameters(point: FloatArray) -> list[float]:
    """Weight of the second component, both shapes, both scales."""
    weight = SHARES[0] + (SHARES[1] - SHARES[0]) * float(expit(point[0]))
    return [weight, *map(float, np.exp(point[1:]))]


def _loss(point: FloatArray, values: FloatArray) -> tuple[float, FloatArray]:
    """Minus the log-likelihood, and its gradient."""
    weight, *rest = _parameters(point)
    parts = [_log_density(values, shape, scale) for shape, scale in zip(rest[:2], rest[2:], strict=True)]
    joint = np.logaddexp(np.log1p(-weight) + parts[0], np.log(weight) + parts[1])
    second = np.exp(np.log(weight) + parts[1] - joint)
    share = expit(point[0])
    by_weight = (second / weight - (1 - second) / (1 - weight)).sum()
    slopes = [by_weight * (SHARES[1] - SHARES[0]) * share * (1 - share), 0.0, 0.0, 0.0, 0.0]
    for which, member in enumerate((1 - second, second)):
        shape, scale = rest[which], rest[2 + which]
        logs = np.log(values) - np.log(scale)
        excess = np.exp(np.minimum(shape * logs, 700.0)) - 1
        slopes[1 + which] = (member * (1 - shape * logs * excess)).sum()
        slopes[3 + which] = (member * shape * excess).sum()
    return -float(joint.sum()), -np.array(slopes)


def _log_density(values: FloatArray, shape: float, scale: float) -> FloatArray:
    logs = np.log(values) - np.log(scale)
    density: FloatArray = np.log(shape) - np.log(scale) + (shape - 1) * logs - np.exp(np.minimum(shape * logs, 700.0))
    return density
