"""What moves a judge that should not: the place of an answer, its length; and whether it reads the question at all."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.statistics.agreement import partial_correlation
from outlay.statistics.intervals import Interval, mean_interval, wilson_interval

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PositionBias:
    """How a judge of pairs behaves when the two answers swap places.

    Attributes:
        stays: share of pairs in which the preference stays with the place and so changes its answer. A judge that
            tosses a coin has one half, not zero.
        first: share of all verdicts, two a pair, that prefer the first place; one half without bias. Pairs are
            the independent units of its interval.
    """

    stays: Interval
    first: Interval


def position_bias(first_in_order: BoolArray, first_when_swapped: BoolArray, confidence: float = 0.95) -> PositionBias:
    """From both verdicts on each pair (pairs,): whether the first place was preferred, in either order.

    Pairs of which a verdict is missing or a draw should be left out.

    Raises:
        ValueError: if the shapes differ, there are no pairs or ``confidence`` is out of range.
    """
    if first_in_order.ndim != 1 or first_in_order.shape != first_when_swapped.shape or not len(first_in_order):
        shapes = f"{first_in_order.shape} and {first_when_swapped.shape}"
        raise ValueError(f"both need the same shape (pairs,) with pairs above 0; got {shapes}")
    stays = int((first_in_order == first_when_swapped).sum())
    first = mean_interval((first_in_order.astype(np.float64) + first_when_swapped) / 2, confidence)
    return PositionBias(
        wilson_interval(stays, len(first_in_order), confidence),
        Interval(first.estimate, max(0.0, first.low), min(1.0, first.high)),
    )


def length_bias(
    scores: FloatArray,
    lengths: FloatArray,
    right: BoolArray,
    rng: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = 1000,
) -> Interval:
    """Partial rank correlation of score and length (n,) given the label (n,), with a bootstrap interval.

    Ranks of both, less their mean among answers with the same label, correlated: what length tells of the score beyond
    right answers being longer or shorter.

    Raises:
        ValueError: if the shapes differ, there are none, one is NaN or a setting is out of range.
    """
    if scores.ndim != 1 or not scores.shape == lengths.shape == right.shape or not len(scores):
        shapes = f"{scores.shape}, {lengths.shape} and {right.shape}"
        raise ValueError(f"needs scores, lengths and labels of one shape (n,) with n above 0; got {shapes}")
    if np.isnan(scores).any() or np.isnan(lengths).any():
        raise ValueError("a score or a length is NaN")

    return partial_correlation(scores, lengths, right, rng, confidence, resamples)


def contrast_consistency(scores: FloatArray, confidence: float = 0.95) -> Interval:
    """Share of contrast pairs in which each prompt's own answer outscores the other's (paper 63).

    A pair is two prompts that read alike and have different right answers. A verifier that ignores the prompt ranks
    both prompts' answers the same way and so has 0; one that draws scores at random has a quarter. Ties do not count.

    Args:
        scores: (pairs, 2, 2), by prompt and by whose answer it is: ``scores[i, 0, 1]`` is the first prompt with the
            second one's answer.
        confidence: of the interval.

    Raises:
        ValueError: if the shape is another, there are no pairs, one is NaN or ``confidence`` is out of range.
    """
    if scores.ndim != 3 or scores.shape[1:] != (2, 2) or not len(scores) or np.isnan(scores).any():
        raise ValueError(f"needs scores (pairs, 2, 2) with pairs above 0 and none NaN; got {scores.shape}")
    consistent = (scores[:, 0, 0] > scores[:, 0, 1]) & (scores[:, 1, 1] > scores[:, 1, 0])
    return wilson_interval(int(consistent.sum()), len(scores), confidence)
