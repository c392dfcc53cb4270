"""``fused``: a verifier's score pulled towards those of similar answers whose score is known."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from heapq import nlargest
from pathlib import Path

from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.core.likeness import cosine
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict, Verifier, VerifierInfo


@dataclass(frozen=True, slots=True)
class Example:
    """A known score.

    Attributes:
        text: question and answer.
        score: in [0, 1].
    """

    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Fused:
    """The average of a verifier's score and the known scores of the most similar examples, weighted by likeness.

    Reward models are inconsistent: two questions that look alike with different right answers get the same scores.
    Known examples steady them. Likeness is the cosine of the counts of words and numbers. Source: "The Trickle-down
    Impact of Reward (In-)consistency on RLHF", RewardFusion; its likeness is an embedding's.

    Attributes:
        of: the verifier.
        path: known scores, one JSON object a line with ``prompt``, ``answer`` and ``score``.
        neighbours: examples that count.
        weight: of an example that is the same, where the verifier's own score weighs 1.
    """

    of: Verifier
    path: str
    neighbours: int = 4
    weight: float = 0.5
    _examples: tuple[Example, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.neighbours < 1:
            raise InvalidSettingError("verifier fused", "neighbours", self.neighbours, "1 or above")
        if not self.weight >= 0:
            raise InvalidSettingError("verifier fused", "weight", self.weight, "0 or above")
        object.__setattr__(self, "_examples", tuple(_read(self.path)))

    @property
    def info(self) -> VerifierInfo:
        """What it is; it judges whole answers."""
        inner = self.of.info
        return VerifierInfo(
            f"fused(of={inner.name})", "a score pulled towards those of similar answers",
            capabilities=inner.capabilities, comparative=inner.comparative, reserves_first=inner.reserves_first,
        )  # fmt: skip

    def require(self, problem: Problem) -> None:
        """Refuse what the inner verifier refuses."""
        self.of.require(problem)

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory."""
        verdicts = await self.of.judge(problem, trajectories, run)
        return [self._fused(one, verdict) for one, verdict in zip(trajectories, verdicts, strict=True)]

    def _fused(self, one: Trajectory, verdict: Verdict) -> Verdict:
        if not verdict.judged:
            return verdict
        text = _joined(*(message.content for message in one.problem.messages), one.text)
        alike = nlargest(
            self.neighbours, ((cosine(text, known.text), i, known.score) for i, known in enumerate(self._examples))
        )
        weights = [self.weight * likeness for likeness, _, _ in alike]
        known = sum(weight * score for weight, (_, _, score) in zip(weights, alike, strict=True))
        score = (verdict.score + known) / (1 + sum(weights))
        return replace(verdict, score=min(1.0, score), evidence=f"{verdict.score:.2f} alone, {score:.2f} fused")


def _read(path: str) -> Iterator[Example]:
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"verifier fused: cannot read {path}: {error}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _example(f"verifier fused: {path} line {number}", line)


def _example(where: str, line: str) -> Example:
    try:
        entry = json.loads(line)
        text, score = _joined(entry["prompt"], entry["answer"]), float(entry["score"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InvalidInputError(f'{where} is not of the form {{"prompt": ..., "answer": ..., "score": ...}}') from None
    if not 0 <= score <= 1:
        raise InvalidInputError(f"{where}: score must be from 0 to 1; got {score}")
    return Example(text, score)


def _joined(*parts: str) -> str:
    return "\n".join(parts)
