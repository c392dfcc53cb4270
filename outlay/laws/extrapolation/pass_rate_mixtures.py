"""Spreads of pass rates over problems, as random as the network's prior over coverage curves needs them.

A spread has two parts, each a Beta distribution or a normal one of the logits, and a share of problems that are never
solved. Its coverage is exact: in closed form for Beta, by 256 equally likely logits for the normal.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, expit, ndtri

from outlay.laws.curve import FloatArray, IntArray

QUANTILES = ndtri((np.arange(256) + 0.5) / 256)
PARTS = 2


@dataclass(frozen=True, slots=True, eq=False)
class PassRateMixtures:
    """A batch of spreads, each row one.

    Attributes:
        beta: (batch, PARTS) whether a part is a Beta distribution.
        first: (batch, PARTS) a of a Beta distribution, or mean of the logits.
        second: (batch, PARTS) b of a Beta distribution, or standard deviation of the logits.
        share: (batch,) of the problems that belong to part 0.
        never: (batch,) of the problems that are never solved.
    """

    beta: NDArray[np.bool_]
    first: FloatArray
    second: FloatArray
    share: FloatArray
    never: FloatArray

    def draw(self, rng: np.random.Generator, owner: IntArray) -> FloatArray:
        """(problems,) pass rates, each from the spread of its owner's row."""
        part = (rng.random(len(owner)) >= self.share[owner]).astype(np.int64)
        first, second = self.first[owner, part], self.second[owner, part]
        beta = self.beta[owner, part]
        rates = np.empty(len(owner))
        rates[beta] = rng.beta(first[beta], second[beta])
        rates[~beta] = expit(first[~beta] + second[~beta] * rng.standard_normal(int((~beta).sum())))
        return np.where(rng.random(len(owner)) < self.never[owner], 0.0, rates)

    def coverage(self, budgets: FloatArray) -> FloatArray:
        """(batch, k) budgets -> (batch, k) coverage over all problems."""
        parts = [self._coverage_of(part, budgets) for part in range(PARTS)]
        mixed = self.share[:, None] * parts[0] + (1 - self.share[:, None]) * parts[1]
        return np.asarray((1 - self.never[:, None]) * mixed, np.float64)

    def _coverage_of(self, part: int, budgets: FloatArray) -> FloatArray:
        found = np.empty_like(budgets)
        beta = self.beta[:, part]
        a, b = self.first[beta, part, None], self.second[beta, part, None]
        found[beta] = -np.expm1(betaln(a, b + budgets[beta]) - betaln(a, b))
        logits = self.first[~beta, part, None] + self.second[~beta, part, None] * QUANTILES
        missed = -np.logaddexp(0.0, logits)
        found[~beta] = -np.expm1(missed[:, None, :] * budgets[~beta][:, :, None]).mean(axis=2)
        return found


def draw_mixtures(rng: np.random.Generator, batch: int) -> PassRateMixtures:
    """Half of the means are even on the logarithmic scale down to 0.002, and half of the spreads have both parts."""
    shape = (batch, PARTS)
    low = np.exp(rng.uniform(np.log(0.002), np.log(0.9), shape))
    mean = np.where(rng.random(shape) < 0.5, low, rng.uniform(0.02, 0.95, shape))
    size = np.exp(rng.uniform(np.log(0.2), np.log(12), shape))
    beta = rng.random(shape) < 0.6
    return PassRateMixtures(
        beta,
        np.where(beta, mean * size, rng.uniform(-7.0, 2.0, shape)),
        np.where(beta, (1 - mean) * size, rng.uniform(0.3, 3.5, shape)),
        np.where(rng.random(batch) < 0.5, 1.0, rng.random(batch)),
        rng.beta(1.0, 4.0, batch) * (rng.random(batch) < 0.5),
    )
