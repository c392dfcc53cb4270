"""``propose_verify``: an answer and the model's own verdict on it in one pass, until it accepts."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar

from outlay.core import phrases
from outlay.core.answer import Answer, Candidate, Snapshot
from outlay.core.dialogue import say
from outlay.core.errors import InvalidSettingError
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.strategies.draw import check_temperature


@dataclass(frozen=True, slots=True)
class ProposeVerify:
    """Ask for answers with a verdict behind each, in one text, and stop it at the first that the model accepts.

    Every proposal sees the rejected ones before it. It helps models trained to correct themselves as they write; one
    that was not accepts nearly everything. The last proposal counts: the accepted one if there is any.

    Attributes:
        rounds: proposals at most.
        ask: says how verdicts are to be written.
        accepted: what an accepting verdict is.
        rejected: what a rejecting one is.
        temperature: of sampling.
    """

    rounds: int = 4
    ask: str = phrases.CHECK_YOURSELF
    accepted: str = phrases.ACCEPTED
    rejected: str = phrases.REJECTED
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {"rounds": [1, 2, 4, 8], "temperature": TEMPERATURES}

    info: StrategyInfo = StrategyInfo(
        "propose_verify",
        "answers and the model's own verdicts interleaved in one pass",
        "Zhao et al. 2025, Boosting LLM Reasoning via Spontaneous Self-Correction",
        capabilities=frozenset({Capability.DIALOGUE, Capability.CONTINUATION}),
        cost="1 sample, as long as 1 to rounds answers",
    )

    def __post_init__(self) -> None:
        if self.rounds < 1:
            raise InvalidSettingError("propose_verify", "rounds", self.rounds, "1 or above")
        for name in ("accepted", "rejected"):
            if not getattr(self, name).strip():
                raise InvalidSettingError("propose_verify", name, getattr(self, name), "a mark to look for")
        check_temperature("propose_verify", self.temperature)

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each proposal."""
        text = Trajectory(say(problem, None, self.ask))
        candidates: list[Candidate] = []
        for _ in range(self.rounds):
            written = await run.sample_one(text, temperature=self.temperature, stop=(self.accepted, self.rejected))
            if written is None or written.last is None:
                return
            proposal = written.last.text
            verdict = next((mark for mark in (self.accepted, self.rejected) if proposal.endswith(mark)), None)
            answer = _proposed(problem, written, verdict)
            belief = None if verdict is None else float(verdict == self.accepted)
            candidates.append(Candidate(answer, answer.value, belief))
            best = next((one for one in reversed(candidates) if one.value is not None), candidates[-1])
            yield Answer(best.value, best.trajectory, best.score, Snapshot(candidates), run.ledger.spent)
            if verdict != self.rejected or run.exhausted:
                return
            text = written


def _proposed(problem: Problem, written: Trajectory, verdict: str | None) -> Trajectory:
    """The newest proposal as an answer of its own, at the cost of what was written for it."""
    last = written.last or Step("")
    text = last.text.removesuffix(verdict or "").strip()
    finish = (written.finish or Finish.END) if verdict is None else Finish.END
    return Trajectory(problem).extend(Step(text, cost=last.cost, restates=written.last), finish)
