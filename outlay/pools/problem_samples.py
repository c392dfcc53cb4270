"""All samples of one problem as arrays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from outlay.pools.ragged import Ragged

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Texts = Sequence[str | None]

TEXTS = ("text", "value", "finish")
FLOATS = ("correct", "prompt_tokens", "completion_tokens", "dollars", "flops", "seconds", "logprob")
LISTS = ("token_logprobs", "step_tokens")


@dataclass(frozen=True, slots=True, eq=False)
class ProblemSamples:
    """The n samples of one problem, each attribute named like its column.

    A column that was not read, or that the pool lacks, is None; so is a verifier's, which is then not in its mapping.
    Within a column of numbers NaN is what is not known. Only ``vote`` is -1 there.

    Attributes:
        problem: its id.
        sample: (n,), numbers within the problem, from 0.
        task: name of the task, or ``""``.
        level: difficulty, 0 if none.
        model: who answered.
        question: its last message.
        reference: what is right, as text.
        text: (n,) completions.
        value: (n,) extracted answers; None where there is none.
        vote: (n,), index of the first sample with an equal value; -1 without a value.
        correct: (n,), 1 right, 0 wrong, NaN not graded.
        finish: (n,), ``end``, ``length`` or ``step``.
        prompt_tokens: (n,), the length of the prompt, the same for all.
        completion_tokens: (n,).
        dollars: (n,).
        flops: (n,).
        seconds: (n,), wall time of each sample alone.
        logprob: (n,), sum over the sample's tokens, in nats.
        token_logprobs: n rows, one number a token.
        step_tokens: n rows, tokens of each step.
        scores: for each verifier (n,), in [0, 1]; NaN where it could not tell.
        step_scores: for each verifier n rows, one score a step.
        verifier_tokens: for each verifier (n,), what its verdict took.
    """

    problem: str
    sample: IntArray
    task: str = ""
    level: int = 0
    model: str = ""
    question: str | None = None
    reference: str | None = None
    text: Texts | None = None
    value: Texts | None = None
    vote: IntArray | None = None
    correct: FloatArray | None = None
    finish: Texts | None = None
    prompt_tokens: FloatArray | None = None
    completion_tokens: FloatArray | None = None
    dollars: FloatArray | None = None
    flops: FloatArray | None = None
    seconds: FloatArray | None = None
    logprob: FloatArray | None = None
    token_logprobs: Ragged | None = None
    step_tokens: Ragged | None = None
    scores: Mapping[str, FloatArray] = field(default_factory=dict)
    step_scores: Mapping[str, Ragged] = field(default_factory=dict)
    verifier_tokens: Mapping[str, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, column in self.columns():
            if len(column) != len(self):
                raise ValueError(f"{self.problem}: {name} has {len(column)} rows and there are {len(self)} samples")

    def __len__(self) -> int:
        return len(self.sample)

    @property
    def key(self) -> tuple[str, str, int, str]:
        """What tells this problem from all others of a pool: id, task, level and model."""
        return self.problem, self.task, self.level, self.model

    def take(self, rows: IntArray) -> "ProblemSamples":
        """Some of the samples, by position and in the given order; they keep their numbers and votes."""
        changes: dict[str, object] = {"sample": self.sample[rows]}
        for name in ("vote", *TEXTS, *FLOATS, *LISTS):
            column = getattr(self, name)
            changes[name] = None if column is None else _taken(column, rows)
        for name in ("scores", "step_scores", "verifier_tokens"):
            changes[name] = {verifier: _taken(column, rows) for verifier, column in getattr(self, name).items()}
        return replace(self, **changes)  # type: ignore[arg-type]

    def columns(self) -> Iterator[tuple[str, Texts | FloatArray | IntArray | Ragged]]:
        """Every column with a row for each sample that is there, with the name it has in a file."""
        for name in ("sample", "vote", *TEXTS, *FLOATS, *LISTS):
            column = getattr(self, name)
            if column is not None:
                yield name, column
        for kind, verdicts in (
            ("score:", self.scores), ("step_scores:", self.step_scores), ("verifier_tokens:", self.verifier_tokens)
        ):  # fmt: skip
            for verifier, column in verdicts.items():
                yield f"{kind}{verifier}", column


def _taken(column: Texts | FloatArray | IntArray | Ragged, rows: IntArray) -> object:
    if isinstance(column, Ragged):
        return column.take(rows)
    return column[rows] if isinstance(column, np.ndarray) else [column[row] for row in rows]
