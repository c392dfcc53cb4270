"""``alignment_resampling``: a few samples, and the one with the highest reward, until it is as good as it was."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar

from outlay.core.answer import Answer
from outlay.core.errors import InvalidSettingError
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import COUNTS, TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.verifier import Judges
from outlay.strategies.decide import decide, highest
from outlay.strategies.draw import check_draw, draw, draw_until
from outlay.strategies.judge import judged
from outlay.strategies.select import standing


@dataclass(frozen=True, slots=True)
class AlignmentResampling:
    """Draw up to n answers, judge the whole text of each, keep the one with the highest reward.

    It is meant for a model whose sampling was changed at a price in quality, as a watermark does: two to four samples
    win the reward back. The expected gain grows as the standard deviation of the reward times the square root of
    log n, at most. With ``baseline``, the reward of the unchanged model, answers are drawn one after another and it
    stops at the first that reaches it. Unlike ``best_of_n`` it asks for no extracted value: a free text is as good.

    Attributes:
        n: answers to draw at most.
        baseline: reward in [0, 1] that is enough.
        temperature: of sampling.
    """

    n: int = 4
    baseline: float | None = None
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {"n": COUNTS, "temperature": TEMPERATURES}

    info: StrategyInfo = StrategyInfo(
        "alignment_resampling",
        "a few answers, the highest reward",
        "Verma et al. 2025, Watermarking Degrades Alignment in Language Models: Analysis and Mitigation",
        Judges.OUTCOMES,
        cost="n samples, n verdicts; from 1 on with a baseline",
        only_draws=True,
    )

    def __post_init__(self) -> None:
        check_draw("alignment_resampling", self.n, self.temperature)
        if self.baseline is not None and not 0 <= self.baseline <= 1:
            raise InvalidSettingError("alignment_resampling", "baseline", self.baseline, "from 0 to 1, or left out")

    def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each verdict."""
        verifier = run.verifier("alignment_resampling")
        if self.baseline is None:
            return decide(run, judged(run, draw(problem, run, self.n, self.temperature), verifier), highest)
        baseline = self.baseline
        drawn = draw_until(
            problem, run, self.n, self.temperature, verifier, lambda one: standing(one.score) >= baseline
        )
        return decide(run, drawn, highest)
