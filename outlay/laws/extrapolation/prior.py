"""What curves are like before any is seen: the synthetic curves that the extrapolating network learns from.

A curve is the mean over problems that differ. Five families say how one problem's accuracy v depends on the budget x:

- coverage: 1 - (1 - p)^x, with p Beta distributed over problems, some of which are never solved;
- vote: the probability that the right answer, drawn with p, is ahead of a rival, drawn with q, by the normal
  approximation; it falls where q is above p;
- judge: odds p x^d / (1 - p), rising where the judge is right more often than not (d > 0) and falling where it is not;
- resampling: (g / s) (1 - (1 - s)^x), a verifier with errors;
- power: a mean of the form c - a x^-b, rising or falling, with problems around it.

A pilot sees some problems and, for each, as many samples as its largest budget: what it measures differs from the mean
over all problems in both ways. The families are drawn with equal probability.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, ndtr

from outlay.laws.curve import FloatArray

STEPS = 25
"""Budgets of the grid: 2^0, 2^0.5, ..., 2^12."""
LATENTS = 192
"""Problems that stand for all."""
FEWEST, MOST = 3, 15
"""Budgets that a pilot has."""
QUERIES = 6


@dataclass(frozen=True, slots=True, eq=False)
class Pilots:
    """Synthetic pilots, and the truth beyond them.

    Attributes:
        budgets: (batch, MOST) log2 of the budgets; what lies beyond a pilot's own number is 0.
        accuracy: (batch, MOST) as measured.
        error: (batch, MOST) its standard error.
        there: (batch, MOST) whether there is such a budget.
        queries: (batch, QUERIES) log2 of budgets beyond the pilot's.
        truth: (batch, QUERIES) accuracy there, over all problems.
    """

    budgets: FloatArray
    accuracy: FloatArray
    error: FloatArray
    there: FloatArray
    queries: FloatArray
    truth: FloatArray


def draw_pilots(rng: np.random.Generator, batch: int) -> Pilots:
    """A batch of pilots of one family each."""
    grid = np.arange(STEPS) / 2
    families = rng.integers(0, 5, batch)
    values = np.empty((batch, LATENTS, STEPS))
    for number, family in enumerate((_coverage, _vote, _judge, _resampling, _power)):
        rows = np.flatnonzero(families == number)
        values[rows] = family(rng, len(rows), 2.0**grid)
    problems = np.exp(rng.uniform(np.log(30), np.log(1000), batch)).astype(np.int64)
    weights = np.stack([rng.multinomial(count, np.full(LATENTS, 1 / LATENTS)) / count for count in problems])
    stride = rng.integers(1, 3, batch)
    first = rng.integers(0, 5, batch) * (rng.random(batch) < 0.3)
    room = (STEPS - 2 - first) // stride
    counts = np.minimum(rng.integers(FEWEST, MOST + 1, batch), room)
    steps = np.minimum(first[:, None] + stride[:, None] * np.arange(MOST), STEPS - 1)
    there = np.arange(MOST)[None, :] < counts[:, None]
    seen = np.take_along_axis(values, steps[:, None, :], axis=2)
    mean = np.einsum("bi,bim->bm", weights, seen)
    between = np.einsum("bi,bim->bm", weights, seen**2) - mean**2
    last = np.take_along_axis(steps, counts[:, None] - 1, axis=1)
    used = 2.0 ** ((steps - last) / 2)
    within = np.einsum("bi,bim->bm", weights, seen * (1 - seen)) * np.minimum(used, 1.0)
    noise = np.sqrt(np.maximum(within, 0) / problems[:, None])
    measured = np.clip(mean + noise * rng.standard_normal(mean.shape), 0.0, 1.0)
    error = np.sqrt(np.maximum(between + within, 0) / problems[:, None])
    ahead = rng.integers(1, 13, (batch, QUERIES))
    asked = np.minimum(last + ahead, STEPS - 1)
    truth = np.take_along_axis(values.mean(axis=1), asked, axis=1)
    return Pilots(grid[steps] * there, measured * there, error * there, there.astype(np.float64), grid[asked], truth)


def _rates(rng: np.random.Generator, count: int) -> FloatArray:
    """(count, LATENTS) pass rates: Beta with a mean from 0.02 to 0.85 and sizes from 0.3 to 10, some never solved."""
    mean, size = rng.uniform(0.02, 0.85, count), np.exp(rng.uniform(np.log(0.3), np.log(10), count))
    rates = rng.beta((mean * size)[:, None], ((1 - mean) * size)[:, None], (count, LATENTS))
    never = rng.beta(1.0, 6.0, count) * (rng.random(count) < 0.5)
    return np.asarray(np.where(rng.random(rates.shape) < never[:, None], 0.0, np.clip(rates, 1e-9, 1 - 1e-9)))


def _coverage(rng: np.random.Generator, count: int, budgets: FloatArray) -> FloatArray:
    return np.asarray(-np.expm1(np.log1p(-_rates(rng, count))[:, :, None] * budgets))


def _vote(rng: np.random.Generator, count: int, budgets: FloatArray) -> FloatArray:
    right = _rates(rng, count)
    spread = rng.uniform(0.5, 4.0, (count, 1))
    rival = (1 - right) * rng.beta(spread, np.exp(rng.uniform(-0.5, 2.0, (count, 1))), right.shape)
    ahead = (right - rival) / np.sqrt(np.maximum(right + rival - (right - rival) ** 2, 1e-9))
    settled = ndtr(ahead[:, :, None] * np.sqrt(budgets))
    alone = 1 / budgets
    return np.asarray(right[:, :, None] * alone + settled * (1 - alone))


def _judge(rng: np.random.Generator, count: int, budgets: FloatArray) -> FloatArray:
    odds = logit(np.clip(_rates(rng, count), 1e-6, 1 - 1e-6))
    power = rng.uniform(-0.2, 1.0, (count, 1)) + rng.uniform(0.0, 0.6, (count, 1)) * rng.standard_normal(odds.shape)
    return np.asarray(expit(odds[:, :, None] + power[:, :, None] * np.log(budgets)))


def _resampling(rng: np.random.Generator, count: int, budgets: FloatArray) -> FloatArray:
    right = _rates(rng, count)
    wrong_passes, right_fails = rng.beta(1.0, 8.0, (count, 1)), rng.beta(1.0, 6.0, (count, 1))
    good = right * (1 - right_fails)
    passing = np.clip(good + (1 - right) * wrong_passes, 1e-9, 1 - 1e-9)
    return np.asarray((good / passing)[:, :, None] * -np.expm1(np.log1p(-passing)[:, :, None] * budgets))


def _power(rng: np.random.Generator, count: int, budgets: FloatArray) -> FloatArray:
    low, high = np.sort(rng.uniform(0.02, 0.98, (2, count)), axis=0)
    falls = rng.random(count) < 0.2
    start, end = np.where(falls, high, low), np.where(falls, low, high)
    power = np.exp(rng.uniform(np.log(0.05), np.log(1.5), count))
    mean = end[:, None] - (end - start)[:, None] * budgets ** -power[:, None]
    apart = rng.uniform(0.0, 3.0, (count, 1, 1)) * rng.standard_normal((count, LATENTS, 1))
    return np.asarray(expit(logit(np.clip(mean, 1e-4, 1 - 1e-4))[:, None, :] + apart))
