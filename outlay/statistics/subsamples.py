"""Sub-samples of n things: the chance that all k drawn without replacement fall within some of them."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def chances_within(n: int, k: int) -> FloatArray:
    """(n + 1,): entry m is C(m, k) / C(n, k), the chance that all k of n drawn are among m given ones.

    One table serves every order statistic of a sub-sample: the best of k by some ranking has rank j or below with the
    chance that all k are among those of rank j or below. Errors are below n times the rounding of a float.

    Raises:
        ValueError: unless 1 <= k <= n.
    """
    if not 1 <= k <= n:
        raise ValueError(f"needs 1 <= k <= n; got n={n}, k={k}")
    larger = np.arange(n, k, -1)
    ratios = np.cumprod((larger - k) / larger)
    return np.concatenate([np.zeros(k), ratios[::-1], [1.0]])
