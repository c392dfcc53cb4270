"""``shortest``: n answers, and the vote of the few that took the fewest tokens."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from outlay.core.answer import Answer, Candidate
from outlay.core.errors import InvalidSettingError
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import COUNTS, TEMPERATURES, OwnSpace, StrategyInfo
from outlay.strategies.decide import Choice, decide, vote_of
from outlay.strategies.draw import check_draw, draw, require_end
from outlay.strategies.judge import unjudged


@dataclass(frozen=True, slots=True)
class Shortest:
    """Draw n answers and let the ``keep`` shortest of those that have a value vote; ties go to the shortest.

    It helps where a model that goes wrong writes more, as reasoning models do, and needs no verifier. The confidence
    is the winner's share of the votes.

    Attributes:
        n: answers to draw; without it, as many as the budget pays for.
        keep: answers that vote.
        temperature: of sampling.
    """

    n: int | None = None
    keep: int = 1
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {"n": COUNTS, "keep": [1, 3, 5], "temperature": TEMPERATURES}

    info: StrategyInfo = StrategyInfo(
        "shortest",
        "n answers, the vote of the shortest",
        "Wang et al. 2025, Think Deep, Think Fast: Investigating Efficiency of Verifier-free "
        "Inference-time-scaling Methods",
        cost="n samples",
        only_draws=True,
    )

    def __post_init__(self) -> None:
        check_draw("shortest", self.n, self.temperature)
        if self.keep < 1:
            raise InvalidSettingError("shortest", "keep", self.keep, "1 or above")

    def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each sample."""
        require_end("shortest", self.n, run)

        def rule(candidates: Sequence[Candidate]) -> Choice:
            valued = [i for i, one in enumerate(candidates) if one.value is not None]
            kept = sorted(valued, key=lambda i: candidates[i].trajectory.completion_tokens)[: self.keep]
            return vote_of(problem, candidates, kept)

        return decide(run, unjudged(draw(problem, run, self.n, self.temperature)), rule)
