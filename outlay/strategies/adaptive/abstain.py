"""``abstain``: any strategy that hands out its answer only where it is confident enough to be trusted."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from outlay.core.answer import Answer
from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.core.labelled import read_answers
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import Strategy, StrategyInfo
from outlay.statistics.selective_risk import labels_needed, risk_threshold
from outlay.strategies.parallel.self_consistency import SelfConsistency

CONFIDENCE = "confidence"
"""What a calibration file calls the strategy's own confidence."""


@dataclass(frozen=True, slots=True)
class Abstain:
    """Answers as another strategy does, and declines where its confidence is below a threshold.

    With labelled answers of the same strategy, which ``outlay verify calibrate`` writes, the threshold is the lowest
    one that keeps a promise: with probability ``certainty`` at most a share ``fdr`` of the answers handed out is wrong.
    That holds for questions that are like the labelled ones, drawn from the same source and answered by the same
    model; harder ones void it. Without them the threshold is ``above`` and promises nothing. It helps where a wrong
    answer costs more than none. A declined answer has no value and keeps its candidates.

    Attributes:
        of: the strategy, as in ``of=self_consistency(n=8)``; it must say how confident it is.
        path: file of labelled answers, one JSON object a line.
        fdr: largest share of wrong answers among those handed out.
        certainty: probability that the bound holds.
        above: the threshold where there are no labelled answers.
    """

    of: Strategy = field(default_factory=lambda: SelfConsistency(8))
    path: str = ""
    fdr: float = 0.1
    certainty: float = 0.9
    above: float = 0.5
    threshold: float = field(init=False)

    def __post_init__(self) -> None:
        for name in ("fdr", "certainty"):
            if not 0 < getattr(self, name) < 1:
                raise InvalidSettingError("abstain", name, getattr(self, name), "between 0 and 1")
        if not 0 <= self.above <= 1:
            raise InvalidSettingError("abstain", "above", self.above, "from 0 to 1")
        object.__setattr__(self, "threshold", self._promised() if self.path else self.above)

    @property
    def info(self) -> StrategyInfo:
        """What it is; it needs what its strategy needs."""
        inner = self.of.info
        return replace(
            inner, name="abstain", summary=f"{inner.name}, where it is confident enough",
            source="Geifman and El-Yaniv 2017, Selective Classification for Deep Neural Networks",
            only_draws=False,
        )  # fmt: skip

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """Each answer of the strategy, without its value where it is not confident enough."""
        answers = self.of.improve(problem, run)
        async with aclosing(answers):  # type: ignore[type-var]
            async for answer in answers:
                sure = answer.confidence is not None and answer.confidence >= self.threshold
                yield answer if sure else replace(answer, value=None, submissions=(), declined=True)

    def _promised(self) -> float:
        answers = read_answers(Path(self.path))
        told = [(score, one.right) for one in answers if (score := one.scores.get(CONFIDENCE)) is not None]
        scores, right = np.array([s for s, _ in told], np.float64), np.array([r for _, r in told], np.bool_)
        found = risk_threshold(scores, right, self.fdr, self.certainty)
        if found is None:
            least = labels_needed(self.fdr, self.certainty)
            raise InvalidInputError(
                f"abstain: by the {len(told)} labelled answers of {self.path} no confidence is high enough for "
                f"fdr={self.fdr}; it takes {least} right ones at the top, or a larger fdr"
            )
        return found.confidence
