"""``marker_selection``: n answers, and the vote of those that hedge least."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from outlay.core.answer import Answer, Candidate
from outlay.core.errors import InvalidSettingError
from outlay.core.markers import DISCOURSE, HEDGES, THOUGHTS, doubt
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import COUNTS, TEMPERATURES, OwnSpace, StrategyInfo
from outlay.strategies.decide import Choice, decide, vote_of
from outlay.strategies.draw import check_draw, draw, require_end
from outlay.strategies.judge import unjudged


@dataclass(frozen=True, slots=True)
class MarkerSelection:
    """Draw n answers and let the ``keep`` surest of those that have a value vote; ties go to the shorter one.

    An answer's doubt is how many hedging and thinking markers it has beyond its discourse markers, a token. It helps
    with reasoning models, whose right answers are shorter, hedge less and say more often what follows from what; it
    needs no verifier. Where no answer has a marker it is ``shortest``. The confidence is the winner's share of the
    votes.

    Attributes:
        n: answers to draw; without it, as many as the budget pays for.
        keep: answers that vote.
        doubts: markers that count against an answer, as whole words, in any case.
        discourse: markers that count for it.
        temperature: of sampling.
    """

    n: int | None = None
    keep: int = 3
    doubts: tuple[str, ...] = HEDGES + THOUGHTS
    discourse: tuple[str, ...] = DISCOURSE
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {"n": COUNTS, "keep": [1, 3, 5], "temperature": TEMPERATURES}

    info: StrategyInfo = StrategyInfo(
        "marker_selection",
        "n answers, the vote of those that hedge least",
        "Wang et al. 2025, Think Deep, Think Fast: Investigating Efficiency of Verifier-free "
        "Inference-time-scaling Methods",
        cost="n samples",
        only_draws=True,
    )

    def __post_init__(self) -> None:
        check_draw("marker_selection", self.n, self.temperature)
        if self.keep < 1:
            raise InvalidSettingError("marker_selection", "keep", self.keep, "1 or above")
        for name in ("doubts", "discourse"):
            if not all(isinstance(marker, str) and marker.strip() for marker in getattr(self, name)):
                raise InvalidSettingError("marker_selection", name, getattr(self, name), "a list of words")

    def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each sample."""
        require_end("marker_selection", self.n, run)
        doubt_of = doubt(self.doubts, self.discourse)

        def surest_first(candidate: Candidate) -> tuple[float, int]:
            tokens = max(1, candidate.trajectory.completion_tokens)
            return doubt_of(candidate.trajectory.text, tokens), tokens

        def rule(candidates: Sequence[Candidate]) -> Choice:
            valued = [i for i, one in enumerate(candidates) if one.value is not None]
            return vote_of(problem, candidates, sorted(valued, key=lambda i: surest_first(candidates[i]))[: self.keep])

        return decide(run, unjudged(draw(problem, run, self.n, self.temperature)), rule)
