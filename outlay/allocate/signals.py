"""Cheap signals of how hard a question is, read off the samples that are there; the same in replay and in a run."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

VOTES = ("share", "margin", "different", "silent", "length")
LOGPROBS = ("logprob", "least_logprob", "leader_logprob")
SCORES = ("score", "leader_score", "weight")
SIGNALS = (*VOTES, *LOGPROBS, *SCORES)
"""All signals, in this order.

``share``: of the samples, those that give the answer that stands; ``margin``: by which it leads over the most frequent
other, below 0 if it trails; ``different``: answers that differ, a sample; ``silent``: share without an answer;
``length``: logarithm of the mean completion tokens. ``logprob``: mean log-probability of a token, over samples;
``least_logprob``: of the least likely sample; ``leader_logprob``: of the likeliest that gives the standing answer.
``score``: the verifier's mean score; ``leader_score``: its highest for the standing answer; ``weight``: that answer's
part of all scores.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What has been drawn so far, for many questions or orders at once.

    Attributes:
        label: (draws, k), the same number for equal answers; below 0 for none.
        stands: (draws,) column of the sample that is handed in.
        tokens: (draws, k) completion tokens.
        logprob: (draws, k) of each sample, in nats; None where it is not known.
        score: (draws, k) of a verifier, NaN where it could not tell; None without one.
    """

    label: IntArray
    stands: IntArray
    tokens: FloatArray
    logprob: FloatArray | None = None
    score: FloatArray | None = None


def available(logprobs: bool, scores: bool) -> tuple[str, ...]:
    """The names of the signals that can be had."""
    return (*VOTES, *(LOGPROBS if logprobs else ()), *(SCORES if scores else ()))


def signals(seen: Seen) -> FloatArray:
    """(draws, signals), the available ones in the order of ``SIGNALS``."""
    draws, k = seen.label.shape
    rows = np.arange(draws)
    leader = seen.label[rows, seen.stands]
    votes = _votes(seen.label)
    share = np.where(leader < 0, 0, votes[rows, leader]) / k
    votes[rows, leader] = 0
    columns = [
        share,
        share - votes[:, :-1].max(axis=1, initial=0) / k,
        ((votes[:, :-1] > 0).sum(axis=1) + (leader >= 0)) / k,
        (seen.label < 0).mean(axis=1),
        np.log(np.maximum(seen.tokens.mean(axis=1), 1.0)),
    ]
    with_leader = (seen.label == leader[:, None]) & (leader >= 0)[:, None]
    stood_by = with_leader | (np.arange(k) == seen.stands[:, None])
    if seen.logprob is not None:
        of_token = seen.logprob / np.maximum(seen.tokens, 1.0)
        columns += [of_token.mean(axis=1), of_token.min(axis=1), np.where(stood_by, of_token, -np.inf).max(axis=1)]
    if seen.score is not None:
        score = np.nan_to_num(seen.score)
        total = np.maximum(score.sum(axis=1), 1e-12)
        columns += [
            score.mean(axis=1), np.where(stood_by, score, 0.0).max(axis=1),
            np.where(stood_by, score, 0.0).sum(axis=1) / total,
        ]  # fmt: skip
    return np.asarray(np.stack(columns, axis=1), np.float64)


def _votes(label: IntArray) -> IntArray:
    """(draws, k) -> (draws, labels + 1): samples for each answer, in the last column those for none."""
    draws, width = len(label), int(label.max(initial=0)) + 2
    cells = np.where(label < 0, width - 1, label) + width * np.arange(draws)[:, None]
    return np.bincount(cells.ravel(), minlength=draws * width).reshape(draws, width)
