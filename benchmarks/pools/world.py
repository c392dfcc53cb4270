"""A made-up pool: problems of different difficulty, wrong answers that agree, a verifier that ranks a little."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from outlay.pools import Manifest, PoolWriter, ProblemSamples, Ragged
from outlay.pools.votes import NO_VOTE

JUDGE = "made_up"
ANSWERS = 30
TEXT = 120
"""Letters of a sample's text."""


def problems(count: int, samples: int) -> Iterator[ProblemSamples]:
    """So many problems of so many samples each, one at a time."""
    for number in range(count):
        yield problem(number, samples, np.random.default_rng([7, number]))


def problem(number: int, n: int, rng: np.random.Generator) -> ProblemSamples:
    """One problem; the right answer is 0."""
    rate = rng.beta(0.8, 1.2)
    others = rng.dirichlet(np.full(ANSWERS, 0.3))
    answer = np.where(rng.random(n) < rate, 0, 1 + rng.choice(ANSWERS, n, p=others))
    silent = rng.random(n) < 0.03
    right = (answer == 0) & ~silent
    steps = rng.integers(3, 9, n)
    tokens = np.maximum(steps, np.exp(rng.normal(6.0 - 0.3 * right, 0.5)).astype(np.int64)).astype(np.float64)
    scores = 1 / (1 + np.exp(-rng.normal(1.0 * right - 0.3, 1.0)))
    letters = rng.integers(97, 123, (n, TEXT)).astype(np.uint8)
    values = [None if no else str(one) for one, no in zip(answer.tolist(), silent.tolist(), strict=True)]
    offsets = np.concatenate([[0], np.cumsum(steps)])
    return ProblemSamples(
        f"problem {number}",
        np.arange(n),
        task="made up",
        level=1,
        model="nobody",
        question=f"question {number}",
        text=[row.tobytes().decode() for row in letters],
        value=values,
        vote=_first_of_each(np.where(silent, NO_VOTE, answer)),
        correct=right.astype(np.float64),
        finish=["end"] * n,
        prompt_tokens=np.full(n, 80.0),
        completion_tokens=tokens,
        dollars=tokens * 1e-6,
        flops=tokens * 2e9,
        seconds=tokens / 50 * np.exp(rng.normal(0, 0.2, n)),
        logprob=-tokens * np.exp(rng.normal(-1.5 - 0.2 * right, 0.2)),
        scores={JUDGE: scores},
        step_scores={JUDGE: Ragged(rng.random(int(offsets[-1])), offsets, np.ones(n, np.bool_))},
        verifier_tokens={JUDGE: tokens},
    )


def write(path: Path, count: int, samples: int) -> None:
    """The pool as a file."""
    with PoolWriter(path, Manifest("made up for a benchmark", temperature=1.0, top_p=1.0), [JUDGE]) as writer:
        for one in problems(count, samples):
            writer.write(one)


def _first_of_each(answer: np.ndarray) -> np.ndarray:
    _, where, which = np.unique(answer, return_index=True, return_inverse=True)
    return np.where(answer == NO_VOTE, NO_VOTE, where[which])
