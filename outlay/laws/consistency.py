"""How wrong the confidence of a vote is: the error of few samples, and the error that stays (paper 219).

Of a problem's answers, let p be the probability that the model gives one, and let t be 1 if it is right and 0 if not. A
confidence estimated from k samples misses t by

    E (estimate - t)^2  =  E (estimate - p')^2  +  (p' - t)^2

where p' is what the estimate tends to. The first part, the estimation error, falls with k; the second, the model error,
does not. Self-consistency counts: its estimate is the answer's share of the samples. Perplexity consistency adds up the
model's own probabilities of the different paths that were drawn, so that no path has to come twice to be weighed.
"""

from dataclasses import dataclass

import numpy as np

from outlay.laws.curve import FloatArray, IntArray

DRAWS = 200
"""Sub-samples from which the errors of perplexity consistency are estimated."""


@dataclass(frozen=True, slots=True)
class ConfidenceErrors:
    """Mean squared errors over problems and their answers, weighted by how often each answer is given.

    Attributes:
        samples: (m,) the numbers k.
        counted: (m,) estimation error of self-consistency.
        summed: (m,) estimation error of perplexity consistency.
        counted_model: model error of self-consistency.
        summed_model: model error of perplexity consistency.
    """

    samples: IntArray
    counted: FloatArray
    summed: FloatArray
    counted_model: float
    summed_model: float


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """One problem's samples.

    Attributes:
        answers: (n,) numbers that are the same for equal answers.
        right: (n,) whether the answer is right.
        paths: (n,) numbers that are the same for equal texts.
        logprobs: (n,) of the texts, in nats.
    """

    answers: IntArray
    right: FloatArray
    paths: IntArray
    logprobs: FloatArray


def confidence_errors(
    problems: "list[Votes]", samples: IntArray, rng: np.random.Generator, draws: int = DRAWS
) -> ConfidenceErrors:
    """Both errors of both estimates, the pool's own shares and sums standing for those of the model.

    Sub-samples are drawn with replacement, as fresh samples would be.

    Raises:
        ValueError: if there is no problem, or a number of samples is below 1.
    """
    if not problems or (samples < 1).any():
        raise ValueError("needs at least one problem, and numbers of samples of 1 or above")
    counted = np.mean([_counted(one, samples) for one in problems], axis=0)
    summed = np.mean([_summed(one, samples, rng, draws) for one in problems], axis=0)
    return ConfidenceErrors(
        samples,
        np.asarray(counted, np.float64),
        np.asarray(summed, np.float64),
        float(np.mean([_model_error(*_limits(one, summed=False)) for one in problems])),
        float(np.mean([_model_error(*_limits(one, summed=True)) for one in problems])),
    )


def _limits(votes: Votes, summed: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
    """For each answer what the estimate tends to, whether it is right, and how often it is given."""
    answers, first, index = np.unique(votes.answers, return_index=True, return_inverse=True)
    shares = np.bincount(index) / len(index)
    if not summed:
        return shares, votes.right[first], shares
    _, path = np.unique(votes.paths, return_index=True)
    mass = np.bincount(index[path], np.exp(votes.logprobs[path]), minlength=len(answers))
    return np.minimum(mass, 1.0), votes.right[first], shares


def _model_error(limits: FloatArray, right: FloatArray, weights: FloatArray) -> float:
    return float(weights @ (limits - right) ** 2)


def _counted(votes: Votes, samples: IntArray) -> FloatArray:
    """The variance of a share: p (1 - p) / k."""
    shares, _, weights = _limits(votes, summed=False)
    return np.asarray((weights @ (shares * (1 - shares))) / samples, np.float64)


def _summed(votes: Votes, samples: IntArray, rng: np.random.Generator, draws: int) -> FloatArray:
    limits, _, weights = _limits(votes, summed=True)
    _, index = np.unique(votes.answers, return_inverse=True)
    _, first, path = np.unique(votes.paths, return_index=True, return_inverse=True)
    owner, mass = index[first], np.exp(votes.logprobs[first])
    errors = np.zeros(len(samples))
    for _ in range(draws):
        drawn = path[rng.integers(0, len(path), int(samples.max()))]
        for position, count in enumerate(samples):
            seen = np.unique(drawn[:count])
            estimate = np.bincount(owner[seen], mass[seen], minlength=len(limits))
            errors[position] += weights @ (np.minimum(estimate, 1.0) - limits) ** 2
    return errors / draws
