"""``iterative_decoding``: rounds of new answers made with the best one so far in view, chosen by the verifier."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import ClassVar

from outlay.core import phrases
from outlay.core.answer import Answer, Candidate, Snapshot
from outlay.core.dialogue import restated, say
from outlay.core.errors import InvalidSettingError
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges
from outlay.strategies.draw import check_temperature
from outlay.strategies.judge import in_order
from outlay.strategies.select import standing


@dataclass(frozen=True, slots=True)
class IterativeDecoding:
    """Each round draws ``width`` answers with the best one so far quoted, and the verifier says if one is better.

    Unlike ``best_of_n`` each round learns from the one before; unlike ``revision`` nothing is built on an answer that
    the verifier likes less than an earlier one. It helps where feedback can be acted on and the verifier is good: its
    errors add up over the rounds. It ends early at a score of ``accept``.

    Attributes:
        rounds: rounds, the first without anything in view.
        width: answers a round.
        accept: score in [0, 1] that is enough.
        tell_score: whether the model is told the score of what it is shown.
        ask: what is said after the answer shown.
        temperature: of sampling.
    """

    rounds: int = 4
    width: int = 2
    accept: float = 1.0
    tell_score: bool = False
    ask: str = phrases.TRY_AGAIN
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {"rounds": [1, 2, 4, 8], "width": [1, 2, 4], "temperature": TEMPERATURES}

    info: StrategyInfo = StrategyInfo(
        "iterative_decoding",
        "rounds of answers that build on the verifier's favourite",
        "Chakraborty et al. 2025, Review, Refine, Repeat: Understanding Iterative Decoding of AI Agents with Dynamic "
        "Evaluation and Selection, algorithm 1",
        Judges.OUTCOMES,
        frozenset({Capability.DIALOGUE}),
        cost="rounds * width samples and verdicts; all but the first round read an answer",
    )

    def __post_init__(self) -> None:
        for name in ("rounds", "width"):
            if getattr(self, name) < 1:
                raise InvalidSettingError("iterative_decoding", name, getattr(self, name), "1 or above")
        if not 0 <= self.accept <= 1:
            raise InvalidSettingError("iterative_decoding", "accept", self.accept, "from 0 to 1")
        check_temperature("iterative_decoding", self.temperature)

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each verdict."""
        verifier = run.verifier("iterative_decoding")
        candidates: list[Candidate] = []
        best: Candidate | None = None
        for _ in range(self.rounds):
            talk = problem if best is None else say(problem, best.trajectory, self._feedback(best))
            samples = in_order(run.sample(Trajectory(talk), self.width, temperature=self.temperature))
            async with aclosing(samples):  # type: ignore[type-var]
                async for _, said in samples:
                    answer = restated(problem, said)
                    verdict = await run.judge_one(answer, verifier)
                    candidates.append(Candidate(answer, answer.value, verdict.score if verdict else None))
                    best = max(candidates, key=_rank)
                    yield Answer(best.value, best.trajectory, best.score, Snapshot(candidates), run.ledger.spent)
            if run.exhausted or best is None or (best.score is not None and best.score >= self.accept):
                return

    def _feedback(self, best: Candidate) -> str:
        told = self.tell_score and best.score is not None
        return f"that scored {best.score:.2f} of 1. {self.ask}" if told else self.ask


def _rank(candidate: Candidate) -> tuple[bool, float]:
    return candidate.value is not None, standing(candidate.score)
