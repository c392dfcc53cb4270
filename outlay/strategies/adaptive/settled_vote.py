"""``settled_vote``: answers are drawn until the majority is settled, at a stated error rate."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import ClassVar

from outlay.core.answer import Answer, Candidate, Snapshot
from outlay.core.errors import InvalidSettingError
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.trajectory import Trajectory
from outlay.statistics import probability_ahead
from outlay.strategies.draw import check_draw
from outlay.strategies.judge import in_order
from outlay.strategies.vote import Vote


@dataclass(frozen=True, slots=True)
class SettledVote:
    """Draw answers ``batch`` at a time and stop when the leader is ahead of the runner-up with enough certainty.

    The leader's true share is above the runner-up's with posterior probability at least ``1 - error``; the same is
    the confidence. That is the chance that more samples would not turn the vote, not that the answer is right, and it
    holds on average over races of every closeness: where the two are nearly even in truth, the vote settles on the
    rarer one far more often than ``error``. It helps whoever votes: easy questions take three or four samples, hard
    ones up to n.

    Attributes:
        n: answers to draw at most.
        error: posterior probability of a wrong leader at which to stop.
        batch: answers drawn between two looks.
        temperature: of sampling.
    """

    n: int = 32
    error: float = 0.05
    batch: int = 1
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {
        "n": [16, 32, 64],
        "error": [0.01, 0.05, 0.2],
        "batch": [1, 2, 4],
        "temperature": TEMPERATURES,
    }

    info: StrategyInfo = StrategyInfo(
        "settled_vote",
        "a vote that stops when it is settled",
        "Aggarwal et al. 2023, Let's Sample Step by Step: Adaptive-Consistency, section 3",
        cost="about 4 samples for an easy question, up to n for a hard one",
    )

    def __post_init__(self) -> None:
        check_draw("settled_vote", self.n, self.temperature)
        if not 0 < self.error < 1:
            raise InvalidSettingError("settled_vote", "error", self.error, "above 0 and below 1")
        if self.batch < 1:
            raise InvalidSettingError("settled_vote", "batch", self.batch, "1 or above")

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each sample."""
        vote = Vote(problem)
        candidates: list[Candidate] = []
        while len(candidates) < self.n:
            count = min(self.batch, self.n - len(candidates))
            samples = in_order(run.sample(Trajectory(problem), count, temperature=self.temperature))
            async with aclosing(samples):  # type: ignore[type-var]
                async for _, trajectory in samples:
                    vote.add(len(candidates), trajectory.value)
                    candidates.append(Candidate(trajectory, trajectory.value))
                    sure = certainty(vote)
                    chosen = candidates[vote.winner.first] if vote.winner else candidates[0]
                    yield Answer(chosen.value, chosen.trajectory, sure, Snapshot(candidates), run.ledger.spent)
            if run.exhausted or certainty(vote) >= 1 - self.error:
                return


def certainty(vote: Vote) -> float:
    """The posterior probability that the leader of a vote is ahead; 0 before the first vote."""
    weights = sorted((bloc.weight for bloc in vote.blocs), reverse=True)
    return probability_ahead(weights[0], weights[1] if len(weights) > 1 else 0.0) if weights else 0.0
