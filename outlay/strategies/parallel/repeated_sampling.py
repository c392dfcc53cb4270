"""``repeated_sampling``: n answers, all of them handed in; or one after another until the verifier accepts one."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from outlay.core.answer import Answer, Candidate
from outlay.core.errors import InvalidSettingError
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import COUNTS, TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.verifier import Judges
from outlay.strategies.decide import Choice, decide, different_values
from outlay.strategies.draw import check_draw, draw, draw_until, require_end
from outlay.strategies.judge import unjudged
from outlay.strategies.select import standing


@dataclass(frozen=True, slots=True)
class RepeatedSampling:
    """Draw n answers and hand in every different one, so that coverage counts: whether any of them is right.

    With ``accept``, verify and resample: answers are drawn one after another and judged, until one has a score of at
    least ``accept``. It helps where right answers can be told for certain, by tests or a proof checker; without such a
    judge the one answer it names is merely the first.

    Attributes:
        n: answers to draw at most; without it, as many as the budget pays for.
        accept: score in [0, 1] at which to stop; needs a verifier.
        temperature: of sampling.
    """

    n: int | None = None
    accept: float | None = None
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {"n": COUNTS, "temperature": TEMPERATURES}

    def __post_init__(self) -> None:
        check_draw("repeated_sampling", self.n, self.temperature)
        if self.accept is not None and not 0 <= self.accept <= 1:
            raise InvalidSettingError("repeated_sampling", "accept", self.accept, "from 0 to 1, or left out")

    @property
    def info(self) -> StrategyInfo:
        """What it is; it needs a verifier only to accept."""
        return StrategyInfo(
            "repeated_sampling",
            "n answers, all handed in" if self.accept is None else "answers until the verifier accepts one",
            "Brown et al. 2024, Large Language Monkeys: Scaling Inference Compute with Repeated Sampling",
            None if self.accept is None else Judges.OUTCOMES,
            cost="n samples" if self.accept is None else "1 to n samples, as many verdicts",
            only_draws=True,
        )

    def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each sample."""
        require_end("repeated_sampling", self.n, run)
        if self.accept is None:
            return decide(run, unjudged(draw(problem, run, self.n, self.temperature)), _first)
        accept = self.accept
        verifier = run.verifier("repeated_sampling")

        def accepted(candidate: Candidate) -> bool:
            return candidate.value is not None and candidate.score is not None and candidate.score >= accept

        return decide(run, draw_until(problem, run, self.n, self.temperature, verifier, accepted), _best)


def _first(candidates: Sequence[Candidate]) -> Choice:
    """The first answer, and every different one handed in."""
    handed_in = different_values(candidates, range(len(candidates)))
    return Choice(handed_in[0] if handed_in else 0, None, handed_in)


def _best(candidates: Sequence[Candidate]) -> Choice:
    order = sorted(range(len(candidates)), key=lambda i: -standing(candidates[i].score))
    handed_in = different_values(candidates, order)
    chosen = handed_in[0] if handed_in else 0
    return Choice(chosen, candidates[chosen].score, handed_in)
