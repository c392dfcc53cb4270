"""``best_of_n``: n answers, and the one that the verifier scores highest."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from outlay.core.aggregation import Aggregation
from outlay.core.answer import Answer, Candidate, Snapshot
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import StrategyInfo
from outlay.core.verifier import Judges
from outlay.strategies.draw import check_draw, draw, require_end
from outlay.strategies.judge import judged
from outlay.strategies.select import standing


@dataclass(frozen=True, slots=True)
class BestOfN:
    """Draw n answers, judge each as it finishes, keep the best.

    It helps where the verifier ranks well; with a poor one more answers make it worse, since it is asked for the most
    overrated of them.

    Answers without a value come after all that have one, unjudged ones after all judged ones; among equals the
    earliest drawn wins. The confidence is the best score.

    Attributes:
        n: answers to draw; without it, as many as the budget pays for.
        aggregate: how the scores of steps become one, for verifiers that judge steps; without it, the verdict's own.
        temperature: of sampling.
    """

    n: int | None = None
    aggregate: Aggregation | None = None
    temperature: float = 1.0

    def __post_init__(self) -> None:
        check_draw("best_of_n", self.n, self.temperature)

    @property
    def info(self) -> StrategyInfo:
        """What it is; it needs verdicts on steps only to aggregate them."""
        return StrategyInfo(
            "best_of_n",
            "n answers, the verifier's favourite",
            "Cobbe et al. 2021, Training Verifiers to Solve Math Word Problems, section 4",
            Judges.OUTCOMES if self.aggregate is None else Judges.STEPS,
            cost="n samples, n verdicts",
        )

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each verdict."""
        require_end("best_of_n", self.n, run)
        verifier = run.verifier("best_of_n", steps=self.aggregate is not None)
        candidates: list[Candidate] = []
        best: tuple[tuple[bool, float, int], Candidate] | None = None
        samples = draw(problem, run, self.n, self.temperature)
        verdicts = judged(run, samples, verifier, self.aggregate)
        async with aclosing(verdicts):  # type: ignore[type-var]
            async for index, candidate in verdicts:
                candidates.append(candidate)
                rank = (candidate.value is not None, standing(candidate.score), -index)
                if best is None or rank > best[0]:
                    best = (rank, candidate)
                winner = best[1]
                yield Answer(winner.value, winner.trajectory, winner.score, Snapshot(candidates), run.ledger.spent)
