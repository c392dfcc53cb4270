"""From n samples of a problem to what k of them would have given, exactly, for every k up to n."""

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from math import comb

import numpy as np
from numpy.typing import NDArray

from outlay.statistics.plurality import plurality_worth

FloatArray = NDArray[np.float64]


def pass_at_k(n: int, correct: int, k: int) -> float:
    """Probability that at least one of k samples, drawn without replacement from n, is right.

    Unbiased for the coverage of k fresh samples (Chen et al. 2021, Evaluating Large Language Models Trained on Code,
    equation 1).

    Raises:
        ValueError: unless 0 <= correct <= n and 1 <= k <= n.
    """
    _check(n, correct, k)
    return 1.0 - comb(n - correct, k) / comb(n, k)


def pass_power_k(n: int, correct: int, k: int) -> float:
    """Probability that all of k samples, drawn without replacement from n, are right (pass^k).

    Unbiased for k fresh samples (Yao et al. 2024, tau-bench, section 5.1).

    Raises:
        ValueError: unless 0 <= correct <= n and 1 <= k <= n.
    """
    _check(n, correct, k)
    return comb(correct, k) / comb(n, k)


def expected_best_of_k(scores: FloatArray, values: FloatArray, k: int) -> float:
    """Expected value of the best-scored of k samples, drawn without replacement from n; ties are shared evenly.

    Args:
        scores: (n,), higher is better.
        values: (n,), what choosing a sample is worth, 0 or 1 for wrong or right.
        k: how many are drawn, from 1 to n.

    Raises:
        ValueError: if the shapes differ or ``k`` is out of range.
    """
    n = len(scores)
    if scores.shape != values.shape or scores.ndim != 1 or not 1 <= k <= n:
        raise ValueError(f"needs scores and values (n,) and 1 <= k <= n; got {scores.shape}, {values.shape}, k={k}")
    distinct, index = np.unique(scores, return_inverse=True)
    sizes = np.bincount(index)
    means = np.bincount(index, values) / sizes
    up_to = np.cumsum(sizes)
    ways = comb(n, k)
    below = [0.0, *(comb(int(count), k) / ways for count in up_to)]
    return float(np.diff(below) @ means) if len(distinct) else 0.0


def majority_at_k(
    values: Sequence[Hashable | None],
    correct: Sequence[bool],
    k: int,
    rng: np.random.Generator,
    resamples: int = 1000,
) -> float:
    """Probability that the most frequent value among k of n samples, without replacement, is right.

    Ties are shared evenly; None, a missing answer, does not vote, and is wrong if there is nothing else. Exact where
    there are at most ``resamples`` different sub-multisets, else estimated from that many draws.

    Raises:
        ValueError: if the lengths differ, or ``k`` or ``resamples`` is out of range.
    """
    n = len(values)
    if len(correct) != n or not 1 <= k <= n:
        raise ValueError(f"needs as many flags as values and 1 <= k <= n; got {n}, {len(correct)} and k={k}")
    if resamples < 1:
        raise ValueError(f"resamples must be 1 or above; got {resamples}")
    counts = Counter(values)
    silent = counts.pop(None, 0)
    right = {value for value, flag in zip(values, correct, strict=True) if flag and value is not None}
    names = list(counts)
    sizes = [counts[name] for name in names]
    worth = np.array([name in right for name in names], np.float64)
    if not names:
        return 0.0
    if math.prod(min(size, k) + 1 for size in sizes) <= resamples:
        return plurality_worth(np.array(sizes), worth, silent, k)
    draws = rng.multivariate_hypergeometric([*sizes, silent], k, size=resamples)[:, :-1]
    return float(_winners(draws, worth).mean())


def _winners(drawn: NDArray[np.int64], worth: FloatArray) -> FloatArray:
    """(draws, values) counts -> (draws,) what the most frequent value is worth, 0 where nothing voted."""
    most = drawn.max(axis=1, keepdims=True)
    leads = (drawn == most) & (most > 0)
    return np.asarray(leads @ worth / np.maximum(leads.sum(axis=1), 1), np.float64)


def _check(n: int, correct: int, k: int) -> None:
    if not (0 <= correct <= n and 1 <= k <= n):
        raise ValueError(f"needs 0 <= correct <= n and 1 <= k <= n; got n={n}, correct={correct}, k={k}")
