"""``self_consistency``: n answers, and the one that most of them agree on."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import ClassVar

from outlay.core.answer import Answer, Candidate, Snapshot
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import COUNTS, TEMPERATURES, OwnSpace, StrategyInfo
from outlay.strategies.draw import check_draw, draw, require_end
from outlay.strategies.judge import unjudged
from outlay.strategies.vote import Vote


@dataclass(frozen=True, slots=True)
class SelfConsistency:
    """Draw n answers and let them vote. The confidence is the winner's share of the votes.

    It helps where right answers agree and wrong ones differ, and needs no verifier; it can never find an answer that
    is right but rare.

    Attributes:
        n: answers to draw; without it, as many as the budget pays for.
        temperature: of sampling.
    """

    n: int | None = None
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {"n": COUNTS, "temperature": TEMPERATURES}

    info: StrategyInfo = StrategyInfo(
        "self_consistency",
        "n answers, the most frequent one",
        "Wang et al. 2022, Self-Consistency Improves Chain of Thought Reasoning, section 2",
        cost="n samples",
        only_draws=True,
    )

    def __post_init__(self) -> None:
        check_draw("self_consistency", self.n, self.temperature)

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each sample."""
        require_end("self_consistency", self.n, run)
        vote = Vote(problem)
        candidates: list[Candidate] = []
        drawn: dict[int, Candidate] = {}
        ballots = unjudged(draw(problem, run, self.n, self.temperature))
        async with aclosing(ballots):  # type: ignore[type-var]
            async for index, candidate in ballots:
                candidates.append(candidate)
                drawn[index] = candidate
                vote.add(index, candidate.value)
                winner = vote.winner
                stands = drawn[winner.first] if winner else candidates[0]
                yield Answer(stands.value, stands.trajectory, vote.share, Snapshot(candidates), run.ledger.spent)
