"""``beam_search``: keep the best partial answers, step by step."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from outlay.core.answer import Answer, Candidate
from outlay.core.errors import InvalidSettingError
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import StrategyInfo
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges
from outlay.strategies.draw import check_temperature
from outlay.strategies.propagate import Moved, propagate


@dataclass(frozen=True, slots=True)
class BeamSearch:
    """Each round every beam is continued ``expansion`` times and the ``width`` best of all children stay.

    Children with the same text count once. Finished answers compete with unfinished ones by their score. The
    confidence is the best score.

    Attributes:
        width: beams that stay.
        expansion: children of each beam.
        temperature: of sampling.
    """

    width: int = 4
    expansion: int = 4
    temperature: float = 1.0

    info: StrategyInfo = StrategyInfo(
        "beam_search",
        "the best partial answers survive each step",
        "Snell et al. 2024, Scaling LLM Test-Time Compute Optimally, section 5.2",
        Judges.STEPS,
        frozenset({Capability.CONTINUATION}),
        cost="width * expansion steps a round",
    )

    def __post_init__(self) -> None:
        for name in ("width", "expansion"):
            if getattr(self, name) < 1:
                raise InvalidSettingError("beam_search", name, getattr(self, name), "1 or above")
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
                beams = _best(children, self.width)
                yield _answer(beams, run)
            if run.exhausted or not children or all(beam.trajectory.finished for beam in beams):
                return


def _best(children: Sequence[Moved], width: int) -> list[Moved]:
    """The highest-scored children with different texts; sorting is stable, so earlier ones win ties."""
    unique: dict[str, Moved] = {}
    for child in children:
        unique.setdefault(child.trajectory.text, child)
    return sorted(unique.values(), key=lambda child: -_or_least(child.score))[:width]


def _answer(beams: Sequence[Moved], run: Run) -> Answer:
    candidates = tuple(Candidate(beam.trajectory, beam.trajectory.value, beam.score) for beam in beams)
    best = max(candidates, key=lambda one: (one.value is not None, _or_least(one.score)))
    return Answer(best.value, best.trajectory, best.score, candidates, run.ledger.spent)


def _or_least(score: float | None) -> float:
    return -1.0 if score is None else score
