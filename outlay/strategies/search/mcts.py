"""``mcts``: Monte Carlo tree search over steps, with values backed up to whatever led to them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import sqrt
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


class Value(StrEnum):
    """What a new node is worth."""

    SCORE = "score"
    """The verifier's score of the step."""
    ROLLOUT = "rollout"
    """The verdict on one answer that goes on from it to the end."""


@dataclass(slots=True, eq=False)
class Node:
    """A node of the tree.

    Attributes:
        moved: the trajectory with its score.
        parent: None for the root.
        prior: the share of its parent's samples that came to this text.
        expandable: whether anything at or below it can still be expanded.
        children: empty before it is expanded.
        visits: values backed up from it and from below it.
        total: their sum.
    """

    moved: Moved
    parent: "Node | None" = None
    prior: float = 1.0
    expandable: bool = True
    children: list["Node"] = field(default_factory=list)
    visits: int = 0
    total: float = 0.0

    @property
    def value(self) -> float:
        """The mean of all values found at this node and below it."""
        return self.total / self.visits if self.visits else 0.0

    def back_up(self, value: float) -> None:
        """Tell this node and all above it of a value."""
        self.visits += 1
        self.total += value
        if self.parent:
            self.parent.back_up(value)

    def close(self) -> None:
        """Nothing is left to expand here, so perhaps not above either."""
        self.expandable = False
        if self.parent and not any(child.expandable for child in self.parent.children):
            self.parent.close()


@dataclass(frozen=True, slots=True)
class MonteCarloTreeSearch:
    """Each simulation walks down by PUCT, expands the node that it ends at and backs up its children's values.

    The walk takes the child of largest value + exploration * prior * sqrt(parent's visits) / (1 + own visits); the
    value is the mean of all that was found at the child and below it, and the prior the share of the samples that
    came to its text. What cannot be expanded is passed by. If no answer is finished at the end, the best partial
    one is carried on to its end.

    It helps on hard questions with budget to spare, where a promising start may have to be taken back: values found
    deep in the tree correct the verifier's first impressions. On easy ones ``beam_search`` is done sooner, and
    simulations follow one another, so latency is high.

    Attributes:
        simulations: nodes that are expanded, at most.
        expansion: children of the node that is expanded.
        exploration: weight of what was seldom visited against what is valued.
        value: what a new node is worth.
        temperature: of sampling.
    """

    simulations: int = 16
    expansion: int = 4
    exploration: float = 1.0
    value: Value = Value.SCORE
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {
        "simulations": [8, 16, 32],
        "expansion": [2, 4, 8],
        "exploration": {"from": 0.25, "to": 4.0, "log": True},
        "value": ["score", "rollout"],
        "temperature": TEMPERATURES,
    }

    info: StrategyInfo = StrategyInfo(
        "mcts",
        "tree search that backs up values",
        "Chen et al. 2024, AlphaMath Almost Zero: Process Supervision without Process",
        Judges.STEPS,
        frozenset({Capability.CONTINUATION}),
        cost="expansion steps and verdicts a simulation; with rollouts, expansion whole answers more",
    )

    def __post_init__(self) -> None:
        check_counts("mcts", simulations=self.simulations, expansion=self.expansion)
        if not self.exploration >= 0:
            raise InvalidSettingError("mcts", "exploration", self.exploration, "0 or above")
        check_temperature("mcts", self.temperature)

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each simulation."""
        verifier = run.verifier("mcts", steps=True)
        root = Node(Moved(Trajectory(problem)))
        found: list[Moved] = []
        for _ in range(self.simulations):
            leaf = select(root, self.exploration)
            children, ends = await self._expand(run, leaf, verifier)
            if not children:
                return
            for child, end in zip(children, ends, strict=True):
                leaf.children.append(child)
                child.back_up(end.score or 0.0)
            for child in children:
                if child.moved.trajectory.finished or child.moved.trajectory.depth >= problem.step_rule.max_steps:
                    child.close()
            found += [child.moved for child in children]
            found += [end for end in ends if end.trajectory.finished]
            yield _answer(problem, found, run)
            if run.exhausted or not root.expandable:
                break
        if not run.exhausted and not any(one.trajectory.finished for one in found):
            [row] = await propagate(run, best(found, 1), verifier, self.temperature, to_end=True)
            if row:
                yield _answer(problem, [*found, *row], run)

    async def _expand(self, run: Run, leaf: Node, verifier: Verifier) -> tuple[list[Node], list[Moved]]:
        """A leaf's children, and for each what tells its value."""
        rollouts = self.value is Value.ROLLOUT
        judge = None if rollouts else verifier
        [row] = await propagate(run, [leaf.moved], judge, self.temperature, self.expansion)
        moved = ends = distinct(row)
        tell(run, row, moved)
        if rollouts:
            rows = await propagate(run, moved, None, self.temperature, to_end=True)
            ends = await score(run, [row[0] if row else one for row, one in zip(rows, moved, strict=True)], verifier)
            moved = [end if end.trajectory is one.trajectory else one for one, end in zip(moved, ends, strict=True)]
        texts = [one.trajectory.text for one in row]
        return [Node(one, leaf, texts.count(one.trajectory.text) / len(texts)) for one in moved], ends


def select(root: Node, exploration: float) -> Node:
    """The unexpanded node that PUCT leads to; among equals, the first one drawn."""
    node = root
    while node.children:
        weight = exploration * sqrt(node.visits)
        open_children = [child for child in node.children if child.expandable]
        node = max(open_children, key=lambda child: child.value + weight * child.prior / (1 + child.visits))
    return node


def _answer(problem: Problem, found: Sequence[Moved], run: Run) -> Answer:
    """The best finished answer; before there is one, the best partial one."""
    finished = [one for one in found if one.trajectory.finished]
    return answer_of(problem, distinct(finished or found), run)
