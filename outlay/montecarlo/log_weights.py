"""Importance weights in log space."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class NormalisedWeights(NamedTuple):
    """Weights that sum to one, and what they were divided by.

    Attributes:
        weights: (n,), linear, summing to one.
        log_mean: log of the mean of the unnormalised weights, an estimate of the log normalising constant.
    """

    weights: FloatArray
    log_mean: float


def normalise_log_weights(log_weights: FloatArray) -> NormalisedWeights:
    """Linear weights that sum to one, from log weights (n,); entries may be -inf.

    Raises:
        ValueError: if there are no weights, none is above zero, or one is NaN or +inf.
    """
    _check(log_weights)
    largest = log_weights.max()
    if largest == -np.inf:
        raise ValueError("all weights are zero, so they cannot be normalised; at least one must be above zero")
    linear = np.exp(log_weights - largest)
    total = linear.sum()
    return NormalisedWeights(linear / total, float(largest + np.log(total / len(log_weights))))


def log_sum_exp(log_weights: FloatArray) -> float:
    """Log of the sum of weights given in log space, (n,); -inf if all weights are zero.

    Raises:
        ValueError: if there are no weights, or one is NaN or +inf.
    """
    _check(log_weights)
    largest = log_weights.max()
    if largest == -np.inf:
        return -np.inf
    return float(largest + np.log(np.exp(log_weights - largest).sum()))


def log_mean_exp(log_weights: FloatArray) -> float:
    """Log of the mean of weights given in log space, (n,); -inf if all weights are zero.

    Raises:
        ValueError: if there are no weights, or one is NaN or +inf.
    """
    return log_sum_exp(log_weights) - float(np.log(len(log_weights)))


def effective_sample_size(log_weights: FloatArray) -> float:
    """(sum w)^2 / sum w^2, between 1 and n; 0 if all weights are zero (Kong, Liu and Wong 1994, section 4.1).

    Raises:
        ValueError: if there are no weights, or one is NaN or +inf.
    """
    _check(log_weights)
    largest = log_weights.max()
    if largest == -np.inf:
        return 0.0
    linear = np.exp(log_weights - largest)
    return float(linear.sum() ** 2 / np.square(linear).sum())


def _check(log_weights: FloatArray) -> None:
    if log_weights.ndim != 1 or len(log_weights) == 0:
        raise ValueError(f"log weights must have shape (n,) with n above 0; got shape {log_weights.shape}")
    if np.isnan(log_weights).any() or np.isposinf(log_weights).any():
        raise ValueError("log weights must be finite or -inf; got NaN or +inf")
