"""``dvts``: independent greedy searches, so that one early favourite cannot take all places."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar

from outlay.core.answer import Answer
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges
from outlay.strategies.draw import check_temperature
from outlay.strategies.propagate import Moved, propagate
from outlay.strategies.select import answer_of, check_counts, keep
from outlay.strategies.vote import Choose


@dataclass(frozen=True, slots=True)
class DiverseVerifierTreeSearch:
    """Diverse verifier tree search: ``width`` subtrees, each of which goes on from its best child of ``expansion``.

    It helps where the verifier's early favourites are often wrong and the budget is large: subtrees never compete
    before the end, so that they stay different where the beams of ``beam_search`` become alike. With a small budget a
    beam gets further, and a subtree that has gone wrong is never given up. All subtrees go on by one step at a time,
    so that a step of all of them is one batch.

    Attributes:
        width: subtrees.
        expansion: children of each subtree's newest step.
        choose: how the answer is taken from the subtrees.
        temperature: of sampling.
    """

    width: int = 4
    expansion: int = 4
    choose: Choose = Choose.BEST
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {
        "width": [2, 4, 8],
        "expansion": [2, 4, 8],
        "choose": ["best", "vote"],
        "temperature": TEMPERATURES,
    }

    info: StrategyInfo = StrategyInfo(
        "dvts",
        "independent subtrees, each greedy on its best child",
        "Beeching, Tunstall and Rush 2024, Scaling Test-Time Compute with Open Models, diverse verifier tree search",
        Judges.STEPS,
        frozenset({Capability.CONTINUATION}),
        cost="width * expansion steps and verdicts a round",
    )

    def __post_init__(self) -> None:
        check_counts("dvts", width=self.width, expansion=self.expansion)
        check_temperature("dvts", self.temperature)

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each round."""
        verifier = run.verifier("dvts", steps=True)
        subtrees = [Moved(Trajectory(problem))] * self.width
        for _ in range(problem.step_rule.max_steps):
            rows = await propagate(run, subtrees, verifier, self.temperature, self.expansion)
            subtrees = [keep(run, row, 1)[0] if row else old for row, old in zip(rows, subtrees, strict=True)]
            if any(subtree.trajectory.last is not None for subtree in subtrees):
                yield answer_of(problem, subtrees, run, self.choose)
            if run.exhausted or all(subtree.trajectory.finished for subtree in subtrees):
                return
