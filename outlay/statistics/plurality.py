"""Who wins the vote of k samples, drawn without replacement from n whose votes are known: exactly, ties shared evenly.

Let s_j of n samples vote for answer j and s_0 for none. Answer r wins with c votes, beside t others that have c too,
with probability 1 / (t + 1), which is the integral of y^t over y from 0 to 1. So

    P(r wins) = sum over c of C(s_r, c) [x^(k - c)] integral of (1 + x)^(s_0) prod over j other than r of
                (sum over d < c of C(s_j, d) x^d  +  y C(s_j, c) x^c) dy  /  C(n, k)

The integrand is a polynomial in y, so a few Gauss-Legendre nodes integrate it exactly. The coefficient is read off by a
Fourier transform. Binomial coefficients are replaced by binomial probabilities of mean k in all, which changes
numerator and denominator by the same factor and leaves no large number; all terms are positive.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
LONGEST = 256
"""Transforms of more points than this are cut to 2 k + 2, and what wraps around is damped to ``LEFT_OVER``."""
LEFT_OVER = 1e-12
NEGLIGIBLE = 1e-15
CALLS = 1500
"""What the calls for one number of votes are worth, in products."""


def plurality_worth(sizes: IntArray, worth: FloatArray, silent: int, k: int) -> float:
    """What the most frequent answer among k samples is worth on average; nothing where no sample has an answer.

    Args:
        sizes: (answers,) how many samples vote for each, 1 or above.
        worth: (answers,) what each is worth as the winner, 0 or above.
        silent: samples that vote for none.
        k: how many are drawn.

    Returns:
        The expectation, with an absolute error below about 1e-9 times the largest worth.

    Raises:
        ValueError: if the shapes differ, a size is below 1, or ``k`` is out of range.
    """
    n = int(sizes.sum()) + silent
    if sizes.shape != worth.shape or sizes.ndim != 1 or (sizes < 1).any() or not 1 <= k <= n:
        raise ValueError(f"needs sizes and worths (answers,), sizes above 0 and 1 <= k <= n; got n={n}, k={k}")
    if not (worth > 0).any():
        return 0.0
    if k == n:
        return float(worth[sizes == sizes.max()].mean())
    points = n + 1 if n < LONGEST else 2 * k + 2
    damping = 1.0 if points > n else LEFT_OVER ** (1 / points)
    counts = np.arange(min(k, int(sizes[worth > 0].max())) + 1)
    chances = _binomial(counts, sizes[:, None], k / n)
    quiet = _binomial(np.arange(min(k, silent) + 1), np.array(silent), k / n)
    quiet_transform = np.fft.rfft(quiet * damping ** np.arange(len(quiet)), points)
    turn = np.exp(-2j * np.pi * np.arange(points // 2 + 1) / points) * damping
    below = np.zeros((len(sizes), len(turn)), np.complex128)
    needed = _node_counts(sizes, np.maximum(counts, 1), k)
    total = 0.0
    for count in counts:
        level = chances[:, count, None] * turn**count
        for winner in _winners(sizes, worth, chances, int(count)):
            others = np.arange(len(sizes)) != winner
            nodes, weights = _nodes(int(needed[count]))
            product = np.prod(below[others] + nodes[:, None, None] * level[others], axis=1)
            coefficients = np.fft.irfft(weights @ product * quiet_transform, points)
            share = coefficients[k - count] / damping ** (k - count)
            total += float(worth[winner] * chances[winner, count] * share)
        below += level
    return max(0.0, total / float(_binomial(np.array(k), np.array(n), k / n)))


def plurality_work(sizes: IntArray, worth: FloatArray, silent: int, k: int) -> int:
    """About how many complex products ``plurality_worth`` is worth; some tens of nanoseconds each."""
    n = int(sizes.sum()) + silent
    points = n + 1 if n < LONGEST else 2 * k + 2
    most = min(k, int(sizes[worth > 0].max(initial=0)))
    counts = np.arange(1, most + 1)
    nodes = int(_node_counts(sizes, counts, k).sum())
    return (nodes * len(sizes) * (points // 2 + 1) + most * CALLS) * int((worth > 0).sum())


def _binomial(counts: IntArray, trials: IntArray, chance: float) -> FloatArray:
    """Probabilities of so many successes, for a chance strictly between 0 and 1."""
    possible = counts <= trials
    failures = np.where(possible, trials - counts, 0)
    logs = gammaln(trials + 1) - gammaln(counts + 1) - gammaln(failures + 1)
    logs += counts * np.log(chance) + failures * np.log1p(-chance)
    return np.where(possible, np.exp(logs), 0.0)


def _winners(sizes: IntArray, worth: FloatArray, chances: FloatArray, count: int) -> Iterator[int]:
    """The answers that are worth something and may win with so many votes."""
    if count:
        yield from np.flatnonzero((worth > 0) & (sizes >= count) & (chances[:, count] > NEGLIGIBLE)).tolist()


def _node_counts(sizes: IntArray, counts: IntArray, k: int) -> IntArray:
    """(counts,) nodes that integrate exactly the power of y that at most so many tied others have."""
    able = len(sizes) - np.searchsorted(np.sort(sizes), counts)
    tied = np.minimum(able, k // counts) - 1
    return np.asarray(np.maximum(tied, 0) // 2 + 1, np.int64)


@cache
def _nodes(count: int) -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre nodes and weights on [0, 1]."""
    points, weights = np.polynomial.legendre.leggauss(count)
    return (points + 1) / 2, weights / 2
