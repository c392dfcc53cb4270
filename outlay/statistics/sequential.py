"""A test that may be looked at after every observation: betting against a hypothesis about a bounded mean."""

import numpy as np
from numpy.typing import NDArray

BETS = np.linspace(0.05, 0.95, 10)
"""Stakes among which the bettor's wealth is divided once, at the start."""


def evidence_against_better(differences: NDArray[np.float64]) -> float:
    """How strongly paired differences (n,) in [-1, 1] speak against a mean of 0 or above.

    It is the most that a bettor who began with 1 has ever had, who stakes a part of it on each difference being
    negative. Whatever the mean of 0 or above is, and however often one looks, that it ever reaches ``1 / error`` has a
    probability of at most ``error`` (Ville's inequality), if each difference, given those before it, has that mean.
    Source: Waudby-Smith and Ramdas 2023, Estimating means of bounded random variables by betting, section 4.

    Raises:
        ValueError: if a difference is out of range.
    """
    if differences.ndim != 1 or not np.all(np.abs(differences) <= 1):
        raise ValueError("differences must be of shape (n,), each in [-1, 1]")
    # (n, bets) -> (n,)
    wealth = np.exp(np.cumsum(np.log1p(-np.outer(differences, BETS)), axis=0)).mean(axis=1)
    return float(max(1.0, wealth.max(initial=1.0)))
