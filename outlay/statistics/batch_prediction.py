"""How many of m new answers are wrong, and what their mean score is, from n labelled ones (paper 220's question).

A prediction for this very batch, not a confidence interval for a long-run rate: the luck of the batch is part of it.
All that is needed is that labelled and new answers are exchangeable. ``batch_wrong_interval`` is for labels right or
wrong and leaves nothing on the table but what whole numbers cost. ``batch_mean_interval`` is for bounded values of any
kind and uses their ranks only.
"""

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from outlay.statistics.intervals import Interval

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Sides = Literal["both", "upper", "lower"]
"""Bound on both sides, each with half of what may be missed, or on one with all of it."""


def batch_wrong_interval(right: BoolArray, batch: int, confidence: float = 0.95, sides: Sides = "both") -> Interval:
    """How many of ``batch`` new answers are wrong, given the labels (n,) of exchangeable ones.

    Given that w + W of all n + m are wrong, the number w among the labelled ones is hypergeometric. The interval holds
    every W for which the observed w is in neither rejected tail; it covers with at least ``confidence`` for every
    number of wrong answers, and so without knowing it. In the estimate the share is that of the labelled answers.

    Raises:
        ValueError: if there are no labels, ``batch`` is below 1 or ``confidence`` is out of range.
    """
    n, tail = _check(len(right), batch, confidence, sides)
    wrong = int((~right).sum())
    counts = np.arange(batch + 1)
    among_labelled = stats.hypergeom(n + batch, wrong + counts, n)
    # A tail that equals what may be missed is kept: rounding must not decide.
    least = tail * (1 - 1e-9)
    low = 0 if sides == "upper" else int(counts[among_labelled.sf(wrong - 1) >= least][0])
    high = batch if sides == "lower" else int(counts[among_labelled.cdf(wrong) >= least][-1])
    return Interval(batch * wrong / n, low, high)


def batch_accuracy_interval(right: BoolArray, batch: int, confidence: float = 0.95, sides: Sides = "both") -> Interval:
    """The share of right answers among ``batch`` new ones; "lower" bounds it from below only.

    Raises:
        ValueError: as ``batch_wrong_interval``.
    """
    turned: dict[Sides, Sides] = {"both": "both", "upper": "lower", "lower": "upper"}
    found = batch_wrong_interval(right, batch, confidence, turned.get(sides, sides))
    return Interval(*(1 - count / batch for count in (found.estimate, found.high, found.low)))


def batch_mean_interval(
    values: FloatArray,
    batch: int,
    bounds: tuple[float, float] = (0.0, 1.0),
    confidence: float = 0.95,
    sides: Sides = "both",
) -> Interval:
    """The mean of ``batch`` new values, given exchangeable ones (n,), all of them within ``bounds``.

    Paper 220's idea, from its abstract; the details are ours. It takes a set of rank configurations that holds the
    true one with the stated probability, and the largest mean that any of them allows. The configuration is how many
    labelled values lie below each new one, and the set is bounded by their sum, the Mann-Whitney statistic, whose
    quantile is exact. A new value with g labelled ones below is at most the next larger labelled one, so the mean is at
    most the least concave majorant of these, as a function of g, at quantile / m. (Mixing two values of g in any
    proportion, which makes that step closed, can only widen the interval.) Where values are spread evenly it is one to
    two times as wide as a normal interval, for a bell shape about twice; useless where few values are much larger than
    most, so for labels of 0 and 1 use ``batch_wrong_interval``. Takes of the order of n m^2 operations for m up to n.

    Raises:
        ValueError: if there are no values, one is outside ``bounds``, ``batch`` is below 1 or ``confidence`` is out of
            range.
    """
    n, tail = _check(len(values), batch, confidence, sides)
    least, most = bounds
    if values.ndim != 1 or not ((values >= least) & (values <= most)).all():
        raise ValueError(f"values must have shape (n,) and lie within {bounds}; got shape {values.shape}")
    below = rank_sum_quantile(n, batch, 1 - tail) / batch
    high = most if sides == "lower" else _majorant(np.append(np.sort(values), most), below)
    low = least if sides == "upper" else -_majorant(np.append(np.sort(-values), -least), below)
    return Interval(float(values.mean()), low, high)


def rank_sum_quantile(n: int, m: int, probability: float) -> int:
    """The smallest u with P(U <= u) >= probability; U counts pairs of a new and a labelled value in that order.

    All choices of m among n + m ranks are equally likely. The generating function of U is the product over i = 1 to m
    of i (1 - q^(n + i)) / ((n + i) (1 - q^i)). It is taken at all roots of unity of a prime order, where no factor
    vanishes, and inverted by Fourier transform; the error of a probability is of the order of 1e-13.
    """
    few, many = min(n, m), max(n, m)
    order = next(size for size in range(n * m + n + m + 1, 4 * (n * m + n + m)) if _is_prime(size))
    turns = np.arange(order // 2 + 1)
    spectrum = np.ones(len(turns))
    for i in range(1, few + 1):
        # Multiples are reduced as whole numbers, so that the sines are exact where they are small.
        above, below = (np.sin(np.pi * (size * turns[1:] % (2 * order)) / order) for size in (many + i, i))
        spectrum[1:] *= i * above / ((many + i) * below)
    shift = np.exp(-1j * np.pi * (n * m * turns % (2 * order)) / order)
    reached = np.cumsum(np.fft.irfft(spectrum * shift, order)[: n * m + 1])
    return min(int(np.searchsorted(reached, probability - 1e-12)), n * m)


def _majorant(values: FloatArray, at: float) -> float:
    """The least concave function above values (n,) at 0, 1, ..., at one place."""
    slopes = optimize.isotonic_regression(np.diff(values), increasing=False).x
    return float(np.interp(at, np.arange(len(values)), values[0] + np.append(0.0, np.cumsum(slopes))))


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, math.isqrt(number) + 1))


def _check(n: int, batch: int, confidence: float, sides: Sides) -> tuple[int, float]:
    """How many labels there are, and what may be missed on one side."""
    if n < 1 or batch < 1 or not 0 < confidence < 1:
        raise ValueError(f"needs labels, a batch and a confidence in (0, 1); got {n}, {batch} and {confidence}")
    if sides not in {"both", "upper", "lower"}:
        raise ValueError(f"sides must be both, upper or lower; got {sides!r}")
    return n, (1 - confidence) / (2 if sides == "both" else 1)
