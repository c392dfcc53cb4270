"""``revision``: one answer after another, each made with the ones before it in view; the best so far counts."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from enum import StrEnum

from outlay.core import phrases
from outlay.core.answer import Answer, Candidate, Snapshot
from outlay.core.dialogue import quoted, restated
from outlay.core.errors import InvalidSettingError
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import StrategyInfo
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
    for Machine Translation): a draft, and one correction of it.

    Attributes:
        rounds: revisions after the first answer.
        show: earlier answers in view.
        keep: which answer counts; ``best`` needs a verifier.
        ask: what is said after each answer.
        temperature: of sampling.
    """

    rounds: int = 3
    show: int = 1
    keep: Keep = Keep.BEST
    ask: str = phrases.TRY_AGAIN
    temperature: float = 1.0

    def __post_init__(self) -> None:
        for name in ("rounds", "show"):
            if getattr(self, name) < 1:
                raise InvalidSettingError("revision", name, getattr(self, name), "1 or above")
        check_temperature("revision", self.temperature)

    @property
    def info(self) -> StrategyInfo:
        """What it is; it needs a verifier only to keep the best."""
        judged = self.keep is Keep.BEST
        kept = {Keep.BEST: "the best", Keep.VOTE: "a vote", Keep.LAST: "the last"}[self.keep]
        return StrategyInfo(
            "revision",
            f"an answer and revisions of it, {kept}",
            "Snell et al. 2024, Scaling LLM Test-Time Compute Optimally, section 6",
            Judges.OUTCOMES if judged else None,
            frozenset({Capability.DIALOGUE}),
            cost="rounds + 1 samples that read up to show answers" + (", as many verdicts" if judged else ""),
        )

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each revision."""
        verifier = run.verifier("revision") if self.keep is Keep.BEST else None
        candidates: list[Candidate] = []
        while len(candidates) <= self.rounds:
            shown = [one.trajectory for one in candidates[-self.show :]]
            talk = replace(problem, messages=(*problem.messages, *quoted(shown, self.ask)))
            said = await run.sample_one(Trajectory(talk), temperature=self.temperature)
            if said is None:
                return
            answer = restated(problem, said)
            verdict = await run.judge_one(answer, verifier) if verifier else None
            candidates.append(Candidate(answer, answer.value, verdict.score if verdict else None))
            chosen, confidence = self._choose(problem, candidates)
            yield Answer(chosen.value, chosen.trajectory, confidence, Snapshot(candidates), run.ledger.spent)
            if run.exhausted:
                return

    def _choose(self, problem: Problem, candidates: list[Candidate]) -> tuple[Candidate, float | None]:
        if self.keep is Keep.VOTE:
            choice = vote_of(problem, candidates, range(len(candidates)))
            return candidates[choice.position], choice.confidence
        if self.keep is Keep.LAST:
            return next((one for one in reversed(candidates) if one.value is not None), candidates[-1]), None
        best = max(candidates, key=lambda one: (one.value is not None, standing(one.score)))
        return best, best.score
