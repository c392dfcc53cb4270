"""``best_of_majority``: of the answers that are frequent enough, the k that the verifier scores highest."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from outlay.core.answer import Answer, Candidate
from outlay.core.errors import InvalidSettingError
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import COUNTS, TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.verifier import Judges
from outlay.strategies.decide import Choice, decide
from outlay.strategies.draw import check_draw, draw, require_end
from outlay.strategies.judge import judged
from outlay.strategies.select import standing
from outlay.strategies.vote import Bloc, tally


@dataclass(frozen=True, slots=True)
class BestOfMajority:
    """Draw n answers, keep those given by at least a share ``frequency`` of them, hand in the k that score highest.

    An answer's score is the best that any candidate with it has. Where none is frequent enough the most frequent one
    stands in. It helps where the verifier is good but can be fooled: a rare wrong answer that it overrates never gets
    in, so that more samples do not make it worse, as they do ``best_of_n``. It cannot find a right answer that is rarer
    than ``frequency``.

    Attributes:
        n: answers to draw; without it, as many as the budget pays for.
        k: answers to hand in; the first of them is the one answer.
        frequency: share of the samples with a value that an answer must have; about one over the coverage
            coefficient, which is how much rarer the best answer may be than certain.
        temperature: of sampling.
    """

    n: int | None = None
    k: int = 1
    frequency: float = 0.1
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {"n": COUNTS, "k": [1, 2, 4], "temperature": TEMPERATURES}

    info: StrategyInfo = StrategyInfo(
        "best_of_majority",
        "the verifier's favourites among frequent answers",
        "Di et al. 2025, Best-of-Majority: Minimax-Optimal Strategy for Pass@k Inference Scaling, algorithm 1",
        Judges.OUTCOMES,
        cost="n samples, n verdicts",
        together=True,
        only_draws=True,
    )

    def __post_init__(self) -> None:
        check_draw("best_of_majority", self.n, self.temperature)
        if self.k < 1:
            raise InvalidSettingError("best_of_majority", "k", self.k, "1 or above")
        if not 0 <= self.frequency <= 1:
            raise InvalidSettingError("best_of_majority", "frequency", self.frequency, "from 0 to 1")

    def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each verdict."""
        require_end("best_of_majority", self.n, run)

        def rule(candidates: Sequence[Candidate]) -> Choice:
            vote = tally(problem, candidates, [1.0] * len(candidates))
            if vote.winner is None:
                return Choice(0, 0.0)
            frequent = [bloc for bloc in vote.blocs if bloc.weight >= self.frequency * vote.total - 1e-9]
            favourites = [_favourite(bloc, candidates) for bloc in frequent or [vote.winner]]
            favourites.sort(key=lambda i: (-standing(candidates[i].score), i))
            return Choice(favourites[0], candidates[favourites[0]].score, tuple(favourites[: self.k]))

        samples = draw(problem, run, self.n, self.temperature)
        return decide(run, judged(run, samples, run.verifier("best_of_majority", together=True)), rule)


def _favourite(bloc: Bloc, candidates: Sequence[Candidate]) -> int:
    """The candidate of a bloc that scores highest; the earliest among equals."""
    return max(bloc.members, key=lambda i: (standing(candidates[i].score), -i))
