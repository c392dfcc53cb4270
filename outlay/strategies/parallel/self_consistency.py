"""``self_consistency``: n answers, and the one that most of them agree on; optionally weighted by a verifier."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from outlay.core.answer import Answer, Candidate, Snapshot
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import StrategyInfo
from outlay.core.verifier import Judges
from outlay.strategies.draw import check_draw, draw, require_end
from outlay.strategies.judge import judged, unjudged
from outlay.strategies.vote import Vote


@dataclass(frozen=True, slots=True)
class SelfConsistency:
    """Draw n answers and let them vote. The confidence is the winner's share of the votes.

    Attributes:
        n: answers to draw; without it, as many as the budget pays for.
        weighted: each vote counts as the verifier scores its answer (an unjudged one does not count).
        temperature: of sampling.
    """

    n: int | None = None
    weighted: bool = False
    temperature: float = 1.0

    def __post_init__(self) -> None:
        check_draw("self_consistency", self.n, self.temperature)

    @property
    def info(self) -> StrategyInfo:
        """What it is; it needs a verifier only if weighted."""
        return StrategyInfo(
            "self_consistency",
            "n answers, the most frequent one" + (", weighted by the verifier" if self.weighted else ""),
            "Wang et al. 2022, Self-Consistency Improves Chain of Thought Reasoning, section 2",
            Judges.OUTCOMES if self.weighted else None,
            cost="n samples" + (", n verdicts" if self.weighted else ""),
        )

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each sample."""
        require_end("self_consistency", self.n, run)
        samples = draw(problem, run, self.n, self.temperature)
        ballots = judged(run, samples, run.verifier("self_consistency")) if self.weighted else unjudged(samples)
        vote = Vote(problem)
        candidates: list[Candidate] = []
        earliest: dict[str, tuple[int, Candidate]] = {}
        first: Candidate | None = None
        async with aclosing(ballots):  # type: ignore[type-var]
            async for index, candidate in ballots:
                candidates.append(candidate)
                first = first or candidate
                weight = (candidate.score or 0.0) if self.weighted else 1.0
                vote.add(index, candidate.value, weight)
                if candidate.value is not None and (
                    candidate.value not in earliest or index < earliest[candidate.value][0]
                ):
                    earliest[candidate.value] = (index, candidate)
                winner = vote.winner
                stands = earliest[winner.value][1] if winner else first
                value = winner.value if winner else None
                yield Answer(value, stands.trajectory, vote.share, Snapshot(candidates), run.ledger.spent)
