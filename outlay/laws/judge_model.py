"""A judge that can be solved: best-of-k in Bayesian linear regression with a reward-weighted sampler (paper 32).

A model's belief about the answer to a question is Gaussian, y ~ N(mean, spread^2). The truth is ``teacher``; the judge
believes in ``reward`` and gives r(y) = -(y - reward)^2. Of k samples one is chosen with probability proportional to
exp(r / temperature); temperature 0 is best-of-k. The error is the expected squared distance of the chosen one from the
teacher.

With the teacher as the judge the error of best-of-k falls as 1/k^2; with a judge that is far off there is a best k, and
for each k a best temperature.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.integrate import quad
from scipy.stats import norm

from outlay.laws.curve import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class JudgeModel:
    """Gaussian beliefs and a quadratic judge.

    Attributes:
        mean: of the model's belief.
        spread: its standard deviation, above 0.
        teacher: the truth.
        reward: what the judge believes.
    """

    mean: float
    spread: float
    teacher: float
    reward: float

    def __post_init__(self) -> None:
        if not self.spread > 0:
            raise ValueError(f"spread must be above 0; got {self.spread}")

    def best_of_k(self, k: int) -> float:
        """Error of the sample that the judge likes best of k, by quadrature.

        The chosen sample has density k f(y) P(|Y - reward| > |y - reward|)^(k - 1).

        Raises:
            ValueError: if k is below 1.
        """
        if k < 1:
            raise ValueError(f"k must be 1 or above; got {k}")

        def at(distance: float) -> float:
            further = self._further(distance) ** (k - 1)
            below, above = self.reward - distance, self.reward + distance
            worth = sum((y - self.teacher) ** 2 * norm.pdf(y, self.mean, self.spread) for y in (below, above))
            return float(k * further * worth)

        reach = abs(self.mean - self.reward) + 9 * self.spread
        nearest = min(reach, 40 / (k * max(self._density_at_reward(), 1e-300)))
        points = sorted({0.0, nearest, abs(self.mean - self.reward), reach})
        return sum(float(quad(at, low, high, limit=200)[0]) for low, high in pairwise(points) if low < high)

    def limit(self, temperature: float) -> float:
        """Error with samples without end, at a temperature above 0.

        The belief times exp(r / temperature) is Gaussian again, with precision 1/spread^2 + 2/temperature.

        Raises:
            ValueError: unless the temperature is above 0.
        """
        if not temperature > 0:
            raise ValueError(f"temperature must be above 0; got {temperature}")
        belief, judge = 1 / self.spread**2, 2 / temperature
        mean = (belief * self.mean + judge * self.reward) / (belief + judge)
        return (mean - self.teacher) ** 2 + 1 / (belief + judge)

    def leading(self, k: int) -> float:
        """What best-of-k with the teacher as judge tends to for large k: 1 / (2 f^2 k^2), f the density at the truth.

        By extreme-value theory the distance of the nearest of k samples is exponential with mean 1 / (2 f k).
        """
        return 1 / (2 * (self._density_at_reward() * k) ** 2)

    def simulated(
        self, k: IntArray, temperatures: FloatArray, rng: np.random.Generator, draws: int = 20_000
    ) -> FloatArray:
        """Errors (len(k), len(temperatures)) by simulation; temperature 0 is best-of-k. Draws are shared by all.

        Raises:
            ValueError: if a k is below 1 or a temperature below 0.
        """
        if (k < 1).any() or (temperatures < 0).any():
            raise ValueError("k must be 1 or above and temperatures 0 or above")
        found = np.zeros((len(k), len(temperatures)))
        block = max(1, 4_000_000 // int(k.max()))
        for start in range(0, draws, block):
            y = rng.normal(self.mean, self.spread, (min(block, draws - start), int(k.max())))
            reward, worth = -((y - self.reward) ** 2), (y - self.teacher) ** 2
            for row, count in enumerate(k):
                for column, temperature in enumerate(temperatures):
                    found[row, column] += _chosen(reward[:, :count], worth[:, :count], float(temperature))
        return found / draws

    def best(self, k: IntArray, temperatures: FloatArray, rng: np.random.Generator) -> tuple[int, float]:
        """The k and the temperature with the least simulated error."""
        errors = self.simulated(k, temperatures, rng)
        row, column = np.unravel_index(int(np.argmin(errors)), errors.shape)
        return int(k[row]), float(temperatures[column])

    def _further(self, distance: float) -> float:
        low = (self.reward - distance - self.mean) / self.spread
        high = (self.reward + distance - self.mean) / self.spread
        return float(norm.cdf(low) + norm.sf(high))

    def _density_at_reward(self) -> float:
        return float(norm.pdf(self.reward, self.mean, self.spread))


def _chosen(rewards: FloatArray, worth: FloatArray, temperature: float) -> float:
    """(draws, k) -> the sum over draws of what the chosen sample is expected to be worth."""
    if math.isclose(temperature, 0.0):
        return float(np.take_along_axis(worth, rewards.argmax(axis=1)[:, None], axis=1).sum())
    weights = np.exp((rewards - rewards.max(axis=1, keepdims=True)) / temperature)
    return float(((weights * worth).sum(axis=1) / weights.sum(axis=1)).sum())
