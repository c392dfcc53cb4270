"""Choosing the next token of many sequences at once, each from its own uniform number."""

import numpy as np
from numpy.typing import NDArray

from outlay.pocket.weights import FloatArray


def choose(
    logits: FloatArray,
    temperatures: NDArray[np.float64],
    top_p: NDArray[np.float64],
    uniforms: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Token ids (rows,) by inverse distribution function; temperature 0 takes the likeliest token.

    Args:
        logits: (rows, vocabulary).
        temperatures: (rows,), 0 or above.
        top_p: (rows,), in (0, 1].
        uniforms: (rows,), in [0, 1).
    """
    greedy = logits.argmax(axis=-1)
    scaled = logits / np.where(temperatures > 0, temperatures, 1.0)[:, None]
    weights = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    if np.any(top_p < 1.0):
        weights = _nucleus(weights, top_p)
    cumulative = weights.cumsum(axis=-1)
    drawn = (cumulative <= (uniforms * cumulative[:, -1])[:, None]).sum(axis=-1)
    chosen: NDArray[np.int64] = np.where(temperatures > 0, drawn, greedy)
    return chosen


def log_softmax(logits: FloatArray) -> FloatArray:
    """Log-probabilities in nats along the last axis, at temperature 1."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    normalised: FloatArray = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return normalised


def _nucleus(weights: NDArray[np.float64], top_p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Drop the tokens outside the smallest set whose probability reaches top_p (Holtzman et al. 2020, section 3.1)."""
    order = np.argsort(-weights, axis=-1, kind="stable")
    ranked = np.take_along_axis(weights, order, axis=-1)
    before = ranked.cumsum(axis=-1) - ranked
    kept = before < (top_p * ranked.sum(axis=-1))[:, None]
    filtered = np.zeros_like(weights)
    np.put_along_axis(filtered, order, np.where(kept, ranked, 0.0), axis=-1)
    return filtered
