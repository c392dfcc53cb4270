"""``lookahead_search``: a beam search that judges a step by where it leads."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from outlay.core.answer import Answer
from outlay.core.errors import InvalidSettingError
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges, Verifier
from outlay.strategies.draw import check_temperature
from outlay.strategies.propagate import Moved, propagate, score
from outlay.strategies.select import answer_of, best, check_counts, distinct, tell


@dataclass(frozen=True, slots=True)
class LookaheadSearch:
    """A beam search in which a child's score is the verdict on a greedy rollout of ``lookahead`` further steps.

    The search goes on from the child, not from the end of its rollout; a rollout that reaches the end of an answer is
    a candidate for it. Without lookahead it is ``beam_search``.

    It helps where a step shows its worth only a few steps later, and where the verifier judges nearly finished answers
    better than beginnings. The rollouts are paid too: at the same price ``beam_search`` can be much wider, which is
    usually the better use of a budget.

    Attributes:
        width: beams that stay.
        expansion: children of each beam.
        lookahead: steps of a rollout, at temperature 0.
        temperature: of sampling the children.
    """

    width: int = 4
    expansion: int = 4
    lookahead: int = 3
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {
        "width": [2, 4, 8],
        "expansion": [2, 4, 8],
        "lookahead": [1, 2, 4],
        "temperature": TEMPERATURES,
    }

    info: StrategyInfo = StrategyInfo(
        "lookahead_search",
        "a beam search whose steps are judged by where they lead",
        "Snell et al. 2024, Scaling LLM Test-Time Compute Optimally, section 5.2",
        Judges.STEPS,
        frozenset({Capability.CONTINUATION}),
        cost="width * expansion * (1 + lookahead) steps and width * expansion verdicts a round",
    )

    def __post_init__(self) -> None:
        check_counts("lookahead_search", width=self.width, expansion=self.expansion)
        if self.lookahead < 0:
            raise InvalidSettingError("lookahead_search", "lookahead", self.lookahead, "0 or above")
        check_temperature("lookahead_search", self.temperature)

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each round."""
        verifier = run.verifier("lookahead_search", steps=True)
        beams = [Moved(Trajectory(problem))]
        reached: list[Moved] = []
        for depth in range(problem.step_rule.max_steps):
            wide = self.expansion if depth else self.width * self.expansion
            rows = await propagate(run, beams, None, self.temperature, wide)
            children = distinct(child for row in rows for child in row)
            if children:
                new = [child for child in children if child not in beams]
                ends = await self._look_ahead(run, new, verifier)
                scores = {child.trajectory: end.score for child, end in zip(new, ends, strict=True)}
                judged = [Moved(one.trajectory, scores.get(one.trajectory, one.score)) for one in children]
                reached += [end for end in ends if end.trajectory.finished and end.trajectory not in scores]
                beams = best(judged, self.width)
                tell(run, (child for row in rows for child in row), beams)
                yield answer_of(problem, distinct([*beams, *reached]), run)
            if run.exhausted or not children or all(beam.trajectory.finished for beam in beams):
                return

    async def _look_ahead(self, run: Run, children: Sequence[Moved], verifier: Verifier) -> list[Moved]:
        """The end of each child's rollout, judged."""
        ends = list(children)
        for _ in range(self.lookahead):
            rows = await propagate(run, ends, None, temperature=0.0)
            ends = [row[0] if row else end for row, end in zip(rows, ends, strict=True)]
        return await score(run, ends, verifier)
