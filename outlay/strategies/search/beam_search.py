"""``beam_search``: keep the best partial answers, step by step."""

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


@dataclass(frozen=True, slots=True)
class BeamSearch:
    """Each round every beam is continued ``expansion`` times and the ``width`` best of all children stay.

    Children with the same text count once. Finished answers compete with unfinished ones by their score. The
    confidence is the best score.

    It helps where the verifier is very good: it follows it blindly, and beams become alike. With a worse one a particle
    filter, which treats the score as evidence, keeps more that may turn out right.

    Attributes:
        width: beams that stay.
        expansion: children of each beam.
        temperature: of sampling.
    """

    width: int = 4
    expansion: int = 4
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {"width": [2, 4, 8], "expansion": [2, 4, 8], "temperature": TEMPERATURES}

    info: StrategyInfo = StrategyInfo(
        "beam_search",
        "the best partial answers survive each step",
        "Snell et al. 2024, Scaling LLM Test-Time Compute Optimally, section 5.2",
        Judges.STEPS,
        frozenset({Capability.CONTINUATION}),
        cost="width * expansion steps a round",
    )

    def __post_init__(self) -> None:
        check_counts("beam_search", width=self.width, expansion=self.expansion)
        check_temperature("beam_search", self.temperature)

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each round."""
        verifier = run.verifier("beam_search", steps=True)
        beams = [Moved(Trajectory(problem))]
        for _ in range(problem.step_rule.max_steps):
            wide = (
                self.width * self.expansion if len(beams) == 1 and beams[0].trajectory.last is None else self.expansion
            )
            rows = await propagate(run, beams, verifier, self.temperature, wide)
            children = [child for row in rows for child in row]
            if children:
                beams = keep(run, children, self.width)
                yield answer_of(problem, beams, run)
            if run.exhausted or not children or all(beam.trajectory.finished for beam in beams):
                return
