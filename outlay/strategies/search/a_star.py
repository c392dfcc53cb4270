"""``a_star``: always expand the partial answer of least estimated cost."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar

from outlay.core.answer import Answer, Candidate
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges
from outlay.strategies.draw import check_temperature
from outlay.strategies.propagate import Moved, propagate
from outlay.strategies.select import check_counts, distinct, tell


@dataclass(frozen=True, slots=True)
class Open:
    """A partial or finished answer that may be taken next.

    Attributes:
        moved: the trajectory and its score.
        cost: what the score has lost on the way, summed over the steps at which it fell.
        number: order of drawing.
    """

    moved: Moved
    cost: float
    number: int

    @property
    def score(self) -> float:
        """What the verifier said last; a trajectory that nobody judged has lost nothing yet."""
        return 1.0 if self.moved.score is None else self.moved.score

    @property
    def priority(self) -> tuple[float, int, int]:
        """Smallest goes first: the estimated cost of the whole answer, then the deepest, then the first one drawn."""
        return self.cost + (1.0 - self.score), -self.moved.trajectory.depth, self.number

    def child(self, moved: Moved, number: int) -> "Open":
        """One step on."""
        # What the first step lacks is not lost: nobody has judged the bare problem.
        before = moved.score if self.moved.score is None else self.moved.score
        lost = 0.0 if moved.score is None or before is None else max(0.0, before - moved.score)
        return Open(moved, self.cost + lost, number)


@dataclass(frozen=True, slots=True)
class AStar:
    """Takes the partial answer of least estimated cost off a frontier, expands it, and puts its children there.

    The estimate is what the verifier's score has lost on the way so far, plus what it now lacks to 1, the heuristic.
    The search is over when the answer that it takes off the frontier is a finished one: nothing open looks cheaper.

    It helps where tokens and verdicts are dear and the verifier can be trusted: an easy question is answered after
    one descent, and only doubt widens the search. A verifier that overrates a wrong finished answer ends the search
    with it, and expanding one node at a time leaves little to do at once, so it is no choice for latency.

    Attributes:
        expansion: children of the node that is expanded.
        frontier: most nodes that stay open; the worst ones are dropped.
        temperature: of sampling.
    """

    expansion: int = 4
    frontier: int = 64
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {"expansion": [2, 4, 8], "temperature": TEMPERATURES}

    info: StrategyInfo = StrategyInfo(
        "a_star",
        "expands the partial answer of least estimated cost",
        "Chatziveroglou 2025, A*-Decoding: Token-Efficient Inference Scaling",
        Judges.STEPS,
        frozenset({Capability.CONTINUATION}),
        cost="expansion steps and verdicts a node, until a finished answer is the best open one",
    )

    def __post_init__(self) -> None:
        check_counts("a_star", expansion=self.expansion, frontier=self.frontier)
        check_temperature("a_star", self.temperature)

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each expansion."""
        verifier = run.verifier("a_star", steps=True)
        frontier = [Open(Moved(Trajectory(problem)), 0.0, 0)]
        finished: list[Open] = []
        drawn = 1
        while frontier and not run.exhausted:
            node, *frontier = frontier
            if node.moved.trajectory.finished and node.moved.trajectory.value is not None:
                return
            if node.moved.trajectory.finished or node.moved.trajectory.depth == problem.step_rule.max_steps:
                continue
            [row] = await propagate(run, [node.moved], verifier, self.temperature, self.expansion)
            children = [node.child(moved, drawn + i) for i, moved in enumerate(distinct(row))]
            drawn += len(children)
            finished += [child for child in children if child.moved.trajectory.finished]
            opened = sorted([*frontier, *children], key=lambda one: one.priority)
            frontier, crowded_out = opened[: self.frontier], opened[self.frontier :]
            new = [child.moved for child in children if child not in crowded_out]
            tell(run, [*row, *(one.moved for one in crowded_out)], new)
            if children:
                yield _answer(
                    [*finished, *(one for one in frontier if not one.moved.trajectory.finished)], children, run
                )


def _answer(found: list[Open], newest: list[Open], run: Run) -> Answer:
    """The answer of least cost; if none is finished, the partial one."""
    candidates = found or newest
    chosen = min(candidates, key=lambda one: (one.moved.trajectory.value is None, one.priority))
    listed = tuple(Candidate(one.moved.trajectory, one.moved.trajectory.value, one.moved.score) for one in candidates)
    return Answer(chosen.moved.trajectory.value, chosen.moved.trajectory, chosen.moved.score, listed, run.ledger.spent)
