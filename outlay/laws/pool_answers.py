"""What the laws of votes and judges take, from a pool."""

from collections.abc import Iterator

import numpy as np

from outlay.core.errors import InvalidInputError
from outlay.laws.consistency import Votes
from outlay.laws.regret import Answers
from outlay.pools.graded import GradedSamples
from outlay.pools.pool import Pool


def pool_answers(pool: Pool, verifier: str) -> list[Answers]:
    """Answers, whether they are right and a verifier's scores, of each problem; samples without an answer left out.

    Raises:
        InvalidInputError: if the pool lacks grades, answers or the verifier.
        StoreError: if the pool cannot be read.
    """
    if verifier not in pool.verifiers:
        known = ", ".join(pool.verifiers) or "none"
        raise InvalidInputError(f"{pool.path} has no verdicts of {verifier}; it has those of: {known}")
    found = []
    for samples in _graded(pool, [f"score:{verifier}"]):
        kept = samples.answered
        found.append(Answers(samples.label[kept], samples.correct[kept], samples.standing(verifier)[kept]))
    return found


def pool_votes(pool: Pool) -> list[Votes]:
    """Answers, texts and their log-probabilities, of each problem; samples without an answer left out.

    Raises:
        InvalidInputError: if the pool lacks grades, answers, texts or log-probabilities.
        StoreError: if the pool cannot be read.
    """
    missing = [name for name in ("text", "logprob") if name not in pool.known_columns]
    if missing:
        raise InvalidInputError(f"{pool.path} has no {' and no '.join(missing)}")
    found = []
    for samples in _graded(pool, ["text", "logprob"]):
        kept = np.flatnonzero(samples.answered)
        _, paths = np.unique(np.array(samples.samples.text, np.str_)[kept], return_inverse=True)
        logprobs = np.asarray(samples.samples.logprob, np.float64)[kept]
        found.append(Votes(samples.label[kept], samples.correct[kept], paths.astype(np.int64), logprobs))
    return found


def _graded(pool: Pool, columns: list[str]) -> Iterator[GradedSamples]:
    answers = "vote" if "vote" in pool.known_columns else "value"
    if not {answers, "correct"} <= pool.known_columns:
        raise InvalidInputError(f"{pool.path} has no graded answers; grade them, as in  outlay pool judge")
    for problem in pool.problems(["correct", answers, *columns]):
        samples = GradedSamples.of(problem)
        if samples.answered.any():
            yield samples
