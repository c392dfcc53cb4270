"""``self_evaluation``: the model says midway whether an answer will come out right, and afterwards whether it did."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar

from outlay.core import phrases
from outlay.core.answer import Answer, Candidate, Snapshot
from outlay.core.dialogue import believe
from outlay.core.errors import InvalidSettingError
from outlay.core.events import Selected
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import COUNTS, TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.trajectory import Trajectory
from outlay.strategies.draw import check_temperature
from outlay.strategies.select import standing


@dataclass(frozen=True, slots=True)
class SelfEvaluation:
    """Draw answers one after another, each hotter than the one before, until the model believes in one.

    After ``probe_steps`` steps the model is asked whether the answer will come out right; a belief under ``prune``
    drops it and begins another one. Finished answers are asked about again: ``accept`` ends the search, else the most
    believed one counts. Sample i has temperature ``temperature * (1 - 2**-i)``, so that the first one is greedy and
    later ones explore. It helps where most questions are easy and the model knows which are not; no verifier is
    asked, and its belief is the confidence.

    Attributes:
        n: answers to begin at most.
        accept: belief in [0, 1] that is enough.
        prune: belief in [0, 1] under which an unfinished answer is dropped; 0 never asks midway.
        probe_steps: steps before the model is asked midway.
        temperature: that of the last samples.
    """

    n: int = 16
    accept: float = 0.8
    prune: float = 0.0
    probe_steps: int = 2
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {"n": COUNTS, "accept": [0.5, 0.8, 0.95], "temperature": TEMPERATURES}

    def __post_init__(self) -> None:
        for name in ("n", "probe_steps"):
            if getattr(self, name) < 1:
                raise InvalidSettingError("self_evaluation", name, getattr(self, name), "1 or above")
        for name in ("accept", "prune"):
            if not 0 <= getattr(self, name) <= 1:
                raise InvalidSettingError("self_evaluation", name, getattr(self, name), "from 0 to 1")
        check_temperature("self_evaluation", self.temperature)

    @property
    def info(self) -> StrategyInfo:
        """What it is; it needs to continue partial answers only to prune them."""
        needs = {Capability.DIALOGUE, *([Capability.CONTINUATION] if self.prune else [])}
        return StrategyInfo(
            "self_evaluation",
            "answers until the model believes in one, poor ones dropped midway",
            "Manvi et al. 2024, Adaptive Inference-Time Compute: LLMs Can Predict if They Can Do Better, Even "
            "Mid-Generation",
            capabilities=frozenset(needs),
            cost="1 to n samples, a verdict of one word on each, and one midway if it prunes",
        )

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each finished sample."""
        candidates: list[Candidate] = []
        for i in range(self.n):
            temperature = self.temperature * (1 - 2.0**-i)
            answer = await self._promising(problem, run, temperature, last=i == self.n - 1 and not candidates)
            if answer is not None:
                belief = await believe(run, problem, answer, phrases.CHECK) if answer.value is not None else 0.0
                candidates.append(Candidate(answer, answer.value, belief))
                best = max(candidates, key=lambda one: (one.value is not None, standing(one.score)))
                yield Answer(best.value, best.trajectory, best.score, Snapshot(candidates), run.ledger.spent)
                if standing(best.score) >= self.accept:
                    return
            if run.exhausted:
                return

    async def _promising(self, problem: Problem, run: Run, temperature: float, *, last: bool) -> Trajectory | None:
        """A finished answer; None if it was dropped midway. The last one is never dropped if there is no other."""
        answer: Trajectory | None = Trajectory(problem)
        if self.prune:
            for _ in range(self.probe_steps):
                if answer is not None and not answer.finished:
                    answer = await run.sample_one(answer, temperature=temperature, one_step=True)
            if answer is None:
                return None
            if not answer.finished and not last:
                belief = await believe(run, problem, answer, phrases.FORESEE)
                if belief is not None and belief < self.prune:
                    run.emit(Selected((), (answer,)))
                    return None
        if answer is not None and not answer.finished:
            longer = await run.sample_one(answer, temperature=temperature)
            # What a budget broke off is still the best there may be.
            return longer or (answer if answer.last is not None else None)
        return answer
