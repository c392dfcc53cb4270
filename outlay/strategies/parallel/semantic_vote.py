"""``semantic_vote``: n free-form answers, grouped by what they say; the largest group's most typical text wins."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from outlay.core.answer import Answer, Candidate, Snapshot
from outlay.core.errors import InvalidSettingError
from outlay.core.likeness import word_likeness
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import COUNTS, TEMPERATURES, OwnSpace, StrategyInfo
from outlay.strategies.draw import check_draw, draw, require_end
from outlay.strategies.judge import in_order
from outlay.strategies.likeness import said_the_same


class Equality(StrEnum):
    """How two texts are compared."""

    WORDS = "words"
    """By their words: the cosine of the counts; texts with different numbers are never the same."""
    MODEL = "model"
    """The model is asked whether two answers say the same."""


@dataclass(frozen=True, slots=True)
class SemanticVote:
    """Draw n answers, put each into the first group whose first text says the same, and take the largest group.

    Two answers that the problem's own rule holds for equal always go together. The group's text with the highest mean
    likeness to the others stands for it. It helps for free-form text, where no two answers are the same to the letter;
    for short answers ``self_consistency`` is exact. The confidence is the group's share of the answers.

    Attributes:
        n: answers to draw; without it, as many as the budget pays for.
        equality: how texts are compared; ``model`` needs one that follows a dialogue.
        threshold: likeness in [0, 1] from which two texts say the same.
        temperature: of sampling.
    """

    n: int | None = None
    equality: Equality = Equality.WORDS
    threshold: float = 0.8
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {"n": COUNTS, "threshold": [0.6, 0.8, 0.95], "temperature": TEMPERATURES}

    def __post_init__(self) -> None:
        check_draw("semantic_vote", self.n, self.temperature)
        if not 0 <= self.threshold <= 1:
            raise InvalidSettingError("semantic_vote", "threshold", self.threshold, "from 0 to 1")

    @property
    def info(self) -> StrategyInfo:
        """What it is; it needs a dialogue only to ask the model."""
        asks = self.equality is Equality.MODEL
        return StrategyInfo(
            "semantic_vote",
            "n free-form answers, the largest group that says the same",
            "Chen et al. 2023, Universal Self-Consistency for Large Language Model Generation",
            capabilities=frozenset({Capability.DIALOGUE}) if asks else frozenset(),
            cost="n samples" + (", up to n * groups questions of a few tokens" if asks else ""),
        )

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each sample, in the order drawn."""
        require_end("semantic_vote", self.n, run)
        candidates: list[Candidate] = []
        groups: list[_Group] = []
        samples = in_order(draw(problem, run, self.n, self.temperature))
        async with aclosing(samples):  # type: ignore[type-var]
            async for _, trajectory in samples:
                candidate = Candidate(trajectory, trajectory.value)
                candidates.append(candidate)
                for group in groups:
                    if await self._same(problem, run, group.members[0], candidate):
                        group.add(candidate)
                        break
                else:
                    groups.append(_Group([candidate], [0.0]))
                # A text without a value never stands for the answer while another has one.
                winner = max(groups, key=lambda group: (group.members[0].value is not None, len(group.members)))
                typical, share = winner.typical, len(winner.members) / len(candidates)
                yield Answer(typical.value, typical.trajectory, share, Snapshot(candidates), run.ledger.spent)

    async def _same(self, problem: Problem, run: Run, first: Candidate, second: Candidate) -> bool:
        if (first.value is None) != (second.value is None):
            return False
        equal = problem.answer_rule.equal
        if first.value is not None and second.value is not None and equal(first.value, second.value):
            return True
        if self.equality is Equality.WORDS:
            return word_likeness(_said(first), _said(second)) >= self.threshold
        belief = await said_the_same(run, problem, _said(first), _said(second))
        return belief is not None and belief >= self.threshold


@dataclass(slots=True)
class _Group:
    """Answers that say the same, and each one's summed likeness to the others."""

    members: list[Candidate]
    likeness: list[float]

    def add(self, candidate: Candidate) -> None:
        alike = [word_likeness(_said(candidate), _said(other)) for other in self.members]
        self.likeness = [old + new for old, new in zip(self.likeness, alike, strict=True)]
        self.members.append(candidate)
        self.likeness.append(sum(alike))

    @property
    def typical(self) -> Candidate:
        return self.members[max(range(len(self.members)), key=self.likeness.__getitem__)]


def _said(candidate: Candidate) -> str:
    """What is compared: the value, or the whole text where there is none."""
    return candidate.trajectory.text if candidate.value is None else candidate.value
