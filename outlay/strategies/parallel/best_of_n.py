"""``best_of_n``: n answers, and the one that the verifier scores highest."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar

from outlay.core.aggregation import Aggregation
from outlay.core.answer import Answer
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import COUNTS, TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.verifier import Judges
from outlay.strategies.decide import decide, highest
from outlay.strategies.draw import check_draw, draw, require_end
from outlay.strategies.judge import judged


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
    space: ClassVar[OwnSpace] = {"n": COUNTS, "temperature": TEMPERATURES}

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
            together=True,
            only_draws=True,
        )

    def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each verdict."""
        require_end("best_of_n", self.n, run)
        verifier = run.verifier("best_of_n", steps=self.aggregate is not None, together=True)
        samples = draw(problem, run, self.n, self.temperature)
        return decide(run, judged(run, samples, verifier, self.aggregate), highest)
