"""``self_refine``: the model answers, finds fault with its answer, and improves it, until it finds none."""

from collections.abc import AsyncIterator
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
from outlay.strategies.draw import check_temperature


@dataclass(frozen=True, slots=True)
class SelfRefine:
    """Answer, ask the model what is wrong with it, ask it to improve it, and so on; the newest answer counts.

    It ends when the critique begins with ``nothing``. It helps where to find a fault is easier than not to make it;
    a model that cannot tell right from wrong talks itself out of right answers. No verifier is asked.

    Attributes:
        rounds: critiques at most.
        criticise: what is asked after an answer.
        nothing: how a critique begins that finds no fault, in any case.
        improve_it: what is asked after a critique.
        temperature: of sampling answers; critiques are greedy.
    """

    rounds: int = 3
    criticise: str = phrases.CRITICISE
    nothing: str = phrases.NOTHING_WRONG
    improve_it: str = phrases.IMPROVE
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {"rounds": [1, 2, 4, 8], "temperature": TEMPERATURES}

    info: StrategyInfo = StrategyInfo(
        "self_refine",
        "answer, critique, improvement, in turn",
        "Madaan et al. 2023, Self-Refine: Iterative Refinement with Self-Feedback, algorithm 1",
        capabilities=frozenset({Capability.DIALOGUE}),
        cost="1 to rounds + 1 samples, as many critiques; each reads the answer before it",
    )

    def __post_init__(self) -> None:
        if self.rounds < 1:
            raise InvalidSettingError("self_refine", "rounds", self.rounds, "1 or above")
        check_temperature("self_refine", self.temperature)

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each improvement."""
        candidates: list[Candidate] = []
        newest = await run.sample_one(Trajectory(problem), temperature=self.temperature)
        while newest is not None:
            answer = restated(problem, newest)
            candidates.append(Candidate(answer, answer.value))
            best = next((one for one in reversed(candidates) if one.value is not None), candidates[-1])
            yield Answer(best.value, best.trajectory, None, Snapshot(candidates), run.ledger.spent)
            if len(candidates) > self.rounds:
                return
            asked = say(problem, answer, self.criticise)
            critique = await run.sample_one(Trajectory(asked), temperature=0.0)
            if critique is None or critique.text.strip().lower().startswith(self.nothing.lower()):
                return
            talk = Trajectory(say(asked, critique, self.improve_it))
            newest = await run.sample_one(talk, temperature=self.temperature)
