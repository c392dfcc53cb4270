"""How one problem's accuracy depends on the budget where answers are chosen or refined: part of the network's prior.

Each family gives (curves, LATENTS, budgets) values for LATENTS problems that stand for all of a curve:

- vote: the probability that the right answer, drawn with p, is ahead of a rival, drawn with q, by the normal
  approximation; it falls where q is above p;
- judge: odds p x^d / (1 - p), rising where the judge is right more often than not (d > 0) and falling where it is not;
- resampling: (g / s) (1 - (1 - s)^x), a verifier with errors;
- decline: resampling, its accuracy multiplied by (1 + x / c)^-d: what rises first and then falls;
- power: a mean of the form c - a x^-b, rising or falling, with problems around it.
"""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import expit, logit, ndtr

from outlay.laws.curve import FloatArray

LATENTS = 192
"""Problems that stand for all."""
Family = Callable[[np.random.Generator, FloatArray], FloatArray]
"""From budgets (curves, 1, m) to values (curves, LATENTS, m)."""


def _rates(rng: np.random.Generator, count: int) -> FloatArray:
    """(count, LATENTS) pass rates: Beta with a mean from 0.02 to 0.9 and sizes from 0.3 to 10, some never solved."""
    mean, size = rng.uniform(0.02, 0.9, count), np.exp(rng.uniform(np.log(0.3), np.log(10), count))
    rates = rng.beta((mean * size)[:, None], ((1 - mean) * size)[:, None], (count, LATENTS))
    never = rng.beta(1.0, 6.0, count) * (rng.random(count) < 0.5)
    return np.asarray(np.where(rng.random(rates.shape) < never[:, None], 0.0, np.clip(rates, 1e-9, 1 - 1e-9)))


def _vote(rng: np.random.Generator, budgets: FloatArray) -> FloatArray:
    right = _rates(rng, len(budgets))
    spread = rng.uniform(0.5, 4.0, (len(budgets), 1))
    rival = (1 - right) * rng.beta(spread, np.exp(rng.uniform(-0.5, 2.0, (len(budgets), 1))), right.shape)
    ahead = (right - rival) / np.sqrt(np.maximum(right + rival - (right - rival) ** 2, 1e-9))
    settled = ndtr(ahead[:, :, None] * np.sqrt(budgets))
    alone = 1 / budgets
    return np.asarray(right[:, :, None] * alone + settled * (1 - alone))


def _judge(rng: np.random.Generator, budgets: FloatArray) -> FloatArray:
    count = len(budgets)
    odds = logit(np.clip(_rates(rng, count), 1e-6, 1 - 1e-6))
    power = rng.uniform(-0.2, 1.0, (count, 1)) + rng.uniform(0.0, 0.6, (count, 1)) * rng.standard_normal(odds.shape)
    return np.asarray(expit(odds[:, :, None] + power[:, :, None] * np.log(budgets)))


def _resampling(rng: np.random.Generator, budgets: FloatArray) -> FloatArray:
    count = len(budgets)
    right = _rates(rng, count)
    wrong_passes, right_fails = rng.beta(1.0, 8.0, (count, 1)), rng.beta(1.0, 6.0, (count, 1))
    good = right * (1 - right_fails)
    passing = np.clip(good + (1 - right) * wrong_passes, 1e-9, 1 - 1e-9)
    return np.asarray((good / passing)[:, :, None] * -np.expm1(np.log1p(-passing)[:, :, None] * budgets))


def _decline(rng: np.random.Generator, budgets: FloatArray) -> FloatArray:
    count = len(budgets)
    centre = np.exp(rng.uniform(0.0, 7.0, (count, 1, 1)))
    power = np.exp(rng.uniform(np.log(0.02), np.log(0.6), (count, 1, 1)))
    return np.asarray(_resampling(rng, budgets) * (1 + budgets / centre) ** -power)


def _power(rng: np.random.Generator, budgets: FloatArray) -> FloatArray:
    count = len(budgets)
    low, high = np.sort(rng.uniform(0.02, 0.98, (2, count, 1, 1)), axis=0)
    falls = rng.random((count, 1, 1)) < 0.2
    start, end = np.where(falls, high, low), np.where(falls, low, high)
    power = np.exp(rng.uniform(np.log(0.05), np.log(1.5), (count, 1, 1)))
    mean = end - (end - start) * budgets**-power
    apart = rng.uniform(0.0, 3.0, (count, 1, 1)) * rng.standard_normal((count, LATENTS, 1))
    return np.asarray(expit(logit(np.clip(mean, 1e-4, 1 - 1e-4)) + apart))


FAMILIES: Sequence[Family] = (_vote, _judge, _resampling, _decline, _power)
