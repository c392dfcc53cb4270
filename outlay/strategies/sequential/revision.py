"""``revision``: one answer after another, each made with the ones before it in view; the best so far counts."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
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
from outlay.strategies.decide import vote_of
from outlay.strategies.draw import check_temperature
from outlay.strategies.select import standing


class Keep(StrEnum):
    """Which of the revisions is the answer."""

    BEST = "best"
    """The one that the verifier scores highest."""
    VOTE = "vote"
    """The one that most of them agree on."""
    LAST = "last"
    """The newest."""


@dataclass(frozen=True, slots=True)
class Revision:
    """Answer, then ``rounds`` times ask for another try with the last ``show`` answers in the conversation.

    It helps where a first answer is nearly right, and where to mend is easier than to begin anew. With ``rounds=1``,
    ``keep=last`` and words such as ``ask="post-edit it."`` it is post-editing (Test-Time Scaling of Reasoning Models
    for Machine Translation): a draft, and one correction of it. With ``accept=1``, ``show=7``, ``rounds=7`` and
    ``ask="that is wrong. try again."`` it is repetition with feedback (Inference-Time Scaling for Complex Tasks): what
    eight tries come to if a judge says each time that they failed; with the judge ``exact`` an upper bound.

    Attributes:
        rounds: revisions after the first answer.
        show: earlier answers in view.
        keep: which answer counts; ``best`` needs a verifier.
        ask: what is said after each answer.
        accept: score in [0, 1] at which to stop; needs a verifier. Without it all rounds are made.
        tell: whether what the verifier has to say of an answer is said before ``ask``; needs a verifier.
        temperature: of sampling.
    """

    rounds: int = 3
    show: int = 1
    keep: Keep = Keep.BEST
    ask: str = phrases.TRY_AGAIN
    accept: float | None = None
    tell: bool = False
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {
        "rounds": [1, 2, 4, 8],
        "show": [1, 2, 4],
        "keep": ["best", "vote", "last"],
        "temperature": TEMPERATURES,
    }

    def __post_init__(self) -> None:
        for name in ("rounds", "show"):
            if getattr(self, name) < 1:
                raise InvalidSettingError("revision", name, getattr(self, name), "1 or above")
        if self.accept is not None and not 0 <= self.accept <= 1:
            raise InvalidSettingError("revision", "accept", self.accept, "from 0 to 1, or left out")
        check_temperature("revision", self.temperature)

    @property
    def judged(self) -> bool:
        """Whether answers are judged."""
        return self.keep is Keep.BEST or self.accept is not None or self.tell

    @property
    def info(self) -> StrategyInfo:
        """What it is; it needs a verifier only to keep the best, to stop early or to tell."""
        judged = self.judged
        kept = {Keep.BEST: "the best", Keep.VOTE: "a vote", Keep.LAST: "the last"}[self.keep]
        return StrategyInfo(
            "revision",
            f"an answer and revisions of it, {kept}",
            "Snell et al. 2024, Scaling LLM Test-Time Compute Optimally, section 6",
            Judges.OUTCOMES if judged else None,
            frozenset({Capability.DIALOGUE}),
            cost=("" if self.accept is None else "1 to ")
            + "rounds + 1 samples that read up to show answers"
            + (", as many verdicts" if judged else ""),
        )

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each revision."""
        verifier = run.verifier("revision") if self.judged else None
        candidates: list[Candidate] = []
        asks: list[str] = []
        while len(candidates) <= self.rounds:
            talk = problem
            for one, ask in zip(candidates[-self.show :], asks[-self.show :], strict=True):
                talk = say(talk, one.trajectory, ask)
            said = await run.sample_one(Trajectory(talk), temperature=self.temperature)
            if said is None:
                return
            answer = restated(problem, said)
            verdict = await run.judge_one(answer, verifier) if verifier else None
            candidates.append(Candidate(answer, answer.value, verdict.score if verdict else None))
            asks.append(f"{verdict.evidence} {self.ask}" if self.tell and verdict and verdict.evidence else self.ask)
            chosen, confidence = self._choose(problem, candidates)
            yield Answer(chosen.value, chosen.trajectory, confidence, Snapshot(candidates), run.ledger.spent)
            if run.exhausted or self._accepts(candidates[-1]):
                return

    def _accepts(self, candidate: Candidate) -> bool:
        if self.accept is None or candidate.value is None or candidate.score is None:
            return False
        return candidate.score >= self.accept

    def _choose(self, problem: Problem, candidates: list[Candidate]) -> tuple[Candidate, float | None]:
        if self.keep is Keep.VOTE:
            choice = vote_of(problem, candidates, range(len(candidates)))
            return candidates[choice.position], choice.confidence
        if self.keep is Keep.LAST:
            return next((one for one in reversed(candidates) if one.value is not None), candidates[-1]), None
        best = max(candidates, key=lambda one: (one.value is not None, standing(one.score)))
        return best, best.score
