"""``weighted_vote``: n answers that vote with the weight their verdict gives them, by score or by rank."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from outlay.core.aggregation import Aggregation
from outlay.core.answer import Answer, Candidate
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import COUNTS, TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.verifier import Judges
from outlay.strategies.decide import Choice, decide, vote_of
from outlay.strategies.draw import check_draw, draw, require_end
from outlay.strategies.judge import judged


class Weights(StrEnum):
    """What a vote weighs."""

    SCORE = "score"
    """The verifier's score."""
    RANK = "rank"
    """The number of judged candidates that do not score higher (Borda's count): only the order of scores matters."""


@dataclass(frozen=True, slots=True)
class WeightedVote:
    """Draw n answers, judge each, and let them vote with weights. The confidence is the winner's share of the weights.

    It helps where the verifier is better than chance but not good enough to be followed blindly; ``rank`` where its
    scores are badly calibrated. Unjudged answers have no vote.

    Attributes:
        n: answers to draw; without it, as many as the budget pays for.
        weights: what a vote weighs.
        aggregate: how the scores of steps become one, for verifiers that judge steps; without it, the verdict's own.
        temperature: of sampling.
    """

    n: int | None = None
    weights: Weights = Weights.SCORE
    aggregate: Aggregation | None = None
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {"n": COUNTS, "weights": ["score", "rank"], "temperature": TEMPERATURES}

    def __post_init__(self) -> None:
        check_draw("weighted_vote", self.n, self.temperature)

    @property
    def info(self) -> StrategyInfo:
        """What it is; it needs verdicts on steps only to aggregate them."""
        return StrategyInfo(
            "weighted_vote",
            "n answers, a vote weighted by the verifier",
            "Li et al. 2022, Making Large Language Models Better Reasoners with Step-Aware Verifier",
            Judges.OUTCOMES if self.aggregate is None else Judges.STEPS,
            cost="n samples, n verdicts",
            together=True,
            only_draws=True,
        )

    def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each verdict."""
        require_end("weighted_vote", self.n, run)
        verifier = run.verifier("weighted_vote", steps=self.aggregate is not None, together=True)
        samples = draw(problem, run, self.n, self.temperature)

        def rule(candidates: Sequence[Candidate]) -> Choice:
            return vote_of(problem, candidates, range(len(candidates)), self._weights(candidates))

        return decide(run, judged(run, samples, verifier, self.aggregate), rule)

    def _weights(self, candidates: Sequence[Candidate]) -> list[float]:
        scores = [one.score for one in candidates]
        if self.weights is Weights.SCORE:
            return [score or 0.0 for score in scores]
        known = [score for score in scores if score is not None]
        return [0.0 if score is None else float(sum(other <= score for other in known)) for score in scores]
