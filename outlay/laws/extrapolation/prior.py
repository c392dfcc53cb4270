"""What curves are like before any is seen: the synthetic pilots that the extrapolating network learns from.

Half of the pilots measure the coverage of samples: problems get pass rates from a random spread, each is tried as often
as the largest budget, and the coverage of k of those samples is the unbiased estimate at powers of two, with the noise
that it has in practice, common to all budgets. The other half measure what a selection or a refinement makes of a
budget; their noise is normal, with the variance of one trial for each problem that shrinks where sub-samples can be
averaged, and budgets are counted from the first.

A pilot sees some problems; the truth is the mean over all problems like them.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from outlay.laws.curve import FloatArray, IntArray
from outlay.laws.extrapolation.pass_rate_mixtures import draw_mixtures
from outlay.laws.extrapolation.selection_curves import FAMILIES, LATENTS

FEWEST, MOST = 3, 15
"""Budgets that a pilot has."""
QUERIES = 6
DOUBLINGS = 13
"""The largest pilot's budget, as a power of two of the smallest."""
AHEAD = 6.5
"""Doublings that are asked beyond the pilot's largest budget, at most."""
WITHIN = 0.2
"""Share of the questions that are about budgets within the pilot, so that the network smooths as well."""


@dataclass(frozen=True, slots=True, eq=False)
class Pilots:
    """Synthetic pilots, and the truth beyond them.

    Attributes:
        samples: (batch,) whether the curve is the coverage of samples.
        problems: (batch,) how many a pilot sees.
        budgets: (batch, MOST) log2 of the budgets; what lies beyond a pilot's own number is 0.
        accuracy: (batch, MOST) as measured.
        error: (batch, MOST) its standard error.
        there: (batch, MOST) whether there is such a budget.
        queries: (batch, QUERIES) log2 of budgets, most of them beyond the pilot's.
        truth: (batch, QUERIES) accuracy there, over all problems.
    """

    samples: FloatArray
    problems: FloatArray
    budgets: FloatArray
    accuracy: FloatArray
    error: FloatArray
    there: FloatArray
    queries: FloatArray
    truth: FloatArray


def draw_pilots(rng: np.random.Generator, batch: int) -> Pilots:
    """A batch of pilots, the first half of coverage."""
    halves = coverage_pilots(rng, batch // 2), selection_pilots(rng, batch - batch // 2)
    return Pilots(*(np.concatenate([getattr(half, name) for half in halves]) for name in Pilots.__slots__))


def coverage_pilots(rng: np.random.Generator, batch: int) -> Pilots:
    """Pilots of the coverage of 4 to 8192 samples of each of 20 to 1000 problems."""
    spreads = draw_mixtures(rng, batch)
    tries = np.round(2 ** rng.uniform(2, DOUBLINGS, batch)).astype(np.int64)
    problems = _problems(rng, batch)
    owner = np.repeat(np.arange(batch), problems)
    right = rng.binomial(tries[owner], spreads.draw(rng, owner))
    sizes, there = _powers_of_two(tries)
    values = _covered(tries[owner], right, sizes[owner])
    mean, error = _measured(values, problems)
    asked = _asked(rng, np.log2(tries))
    return Pilots(
        np.ones(batch), problems.astype(np.float64), np.log2(sizes) * there, mean * there, error * there,
        there.astype(np.float64), asked, spreads.coverage(2**asked),
    )  # fmt: skip


def selection_pilots(rng: np.random.Generator, batch: int) -> Pilots:
    """Pilots of curves that may fall, and whose first budget is the unit of all."""
    problems, counts = _problems(rng, batch), rng.integers(FEWEST, MOST + 1, batch)
    steps = np.minimum(rng.choice([0.5, 1.0, 2.0], batch), (DOUBLINGS - 1) / (counts - 1))
    there = np.arange(MOST) < counts[:, None]
    seen = np.arange(MOST) * steps[:, None] * there
    last = (counts - 1) * steps
    asked = _asked(rng, last)
    first = rng.uniform(0, 5, (batch, 1)) * (rng.random((batch, 1)) < 0.5)
    values = _values(rng, 2 ** (np.concatenate([seen, asked], axis=1) + first))
    weights = np.stack([rng.multinomial(count, np.full(LATENTS, 1 / LATENTS)) / count for count in problems])
    told = values[:, :, :MOST]
    mean = np.einsum("bi,bim->bm", weights, told)
    between = np.einsum("bi,bim->bm", weights, told**2) - mean**2
    kept = np.where(rng.random((batch, 1)) < 0.5, 1.0, 2 ** (seen - last[:, None]))
    within = np.einsum("bi,bim->bm", weights, told * (1 - told)) * kept
    noise = np.sqrt(np.maximum(within, 0) / problems[:, None]) * _correlated(rng, seen)
    error = np.sqrt(np.maximum(between + within, 0) / np.maximum(problems - 1, 1)[:, None])
    error = np.maximum(error, 0.5 / problems[:, None])
    return Pilots(
        np.zeros(batch), problems.astype(np.float64), seen, np.clip(mean + noise, 0.0, 1.0) * there, error * there,
        there.astype(np.float64), asked, values[:, :, MOST:].mean(axis=1),
    )  # fmt: skip


def _problems(rng: np.random.Generator, batch: int) -> IntArray:
    return np.exp(rng.uniform(np.log(20), np.log(1000), batch)).astype(np.int64)


def _asked(rng: np.random.Generator, last: FloatArray) -> FloatArray:
    """(batch, QUERIES) log2 of the budgets in question, from (batch,) log2 of the pilots' largest."""
    shape = (len(last), QUERIES)
    ahead, within = last[:, None] + rng.uniform(0, AHEAD, shape), last[:, None] * rng.random(shape)
    return np.where(rng.random(shape) < WITHIN, within, ahead)


def _powers_of_two(tries: IntArray) -> tuple[IntArray, np.ndarray]:
    """(batch, MOST) the powers of two up to each number and the number itself, and which of them are there."""
    powers = np.minimum(2 ** np.arange(MOST), tries[:, None])
    there = np.concatenate([np.ones((len(tries), 1), np.bool_), powers[:, 1:] > powers[:, :-1]], axis=1)
    return np.where(there, powers, 1), there


def _covered(tries: IntArray, right: IntArray, sizes: IntArray) -> FloatArray:
    """(problems, MOST) the unbiased estimate 1 - C(n - c, k) / C(n, k)."""
    factorials = gammaln(np.arange(int(tries.max()) + 1) + 1.0)
    wrong = (tries - right)[:, None]
    log_missed = factorials[wrong] - factorials[np.maximum(wrong - sizes, 0)]
    log_missed = log_missed - factorials[tries][:, None] + factorials[tries[:, None] - sizes]
    return np.asarray(np.where(wrong < sizes, 1.0, -np.expm1(log_missed)), np.float64)


def _measured(values: FloatArray, problems: IntArray) -> tuple[FloatArray, FloatArray]:
    """(batch, MOST) means and their standard errors, as ``ScalingCurve`` has them."""
    starts = np.concatenate([[0], np.cumsum(problems)[:-1]])
    count = problems[:, None]
    mean = np.add.reduceat(values, starts) / count
    spread = np.maximum(np.add.reduceat(values**2, starts) / count - mean**2, 0.0) * count / (count - 1)
    return mean, np.maximum(np.sqrt(spread / count), 0.5 / count)


def _values(rng: np.random.Generator, budgets: FloatArray) -> FloatArray:
    """(batch, LATENTS, k) of a family for each row."""
    families = rng.integers(0, len(FAMILIES), len(budgets))
    values = np.empty((len(budgets), LATENTS, budgets.shape[1]))
    for number, family in enumerate(FAMILIES):
        rows = np.flatnonzero(families == number)
        values[rows] = family(rng, budgets[rows, None, :])
    return values


def _correlated(rng: np.random.Generator, log_budgets: FloatArray) -> FloatArray:
    """(batch, MOST) standard normal, neighbours alike as much as chance has it for each row."""
    noise = rng.standard_normal(log_budgets.shape)
    gaps = np.abs(np.diff(log_budgets, axis=1))
    length = np.where(rng.random(len(noise)) < 0.5, 1e-3, rng.uniform(0.5, 4.0, len(noise)))
    alike = np.exp(-gaps / length[:, None])
    for column in range(1, noise.shape[1]):
        kept = alike[:, column - 1]
        noise[:, column] = kept * noise[:, column - 1] + np.sqrt(1 - kept**2) * noise[:, column]
    return noise
