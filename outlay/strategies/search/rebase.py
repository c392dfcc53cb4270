"""``rebase``: reward balanced search, children in proportion to what the verifier thinks of their parents."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from outlay.core.answer import Answer
from outlay.core.errors import InvalidSettingError
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges
from outlay.strategies.draw import check_temperature
from outlay.strategies.propagate import Moved, propagate
from outlay.strategies.select import answer_of, check_counts, tell
from outlay.strategies.vote import Choose


@dataclass(frozen=True, slots=True)
class Rebase:
    """Reward balanced search: the nodes of a depth share its children by the softmax of score / ``balance``.

    Each finished answer takes one place for good, so that the tree gets narrower until ``width`` answers are finished.

    It helps where answers vote or many of them are wanted at the price of plain sampling: a tree of width n costs no
    more steps than n samples, and puts them where the verifier sees promise. With a verifier that is often wrong,
    raise ``balance``: towards infinity every node has as many children as any other.

    Attributes:
        width: children at the first depth, and finished answers in the end.
        balance: temperature of the softmax over scores; small values are greedy.
        choose: how the answer is taken from the finished ones.
        temperature: of sampling.
    """

    width: int = 16
    balance: float = 0.2
    choose: Choose = Choose.BEST
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {
        "width": [4, 8, 16, 32],
        "balance": {"from": 0.05, "to": 1.0, "log": True},
        "choose": ["best", "vote"],
        "temperature": TEMPERATURES,
    }

    info: StrategyInfo = StrategyInfo(
        "rebase",
        "children in proportion to their parents' scores",
        "Wu et al. 2024, Inference Scaling Laws: Compute-Optimal Inference for Problem-Solving",
        Judges.STEPS,
        frozenset({Capability.CONTINUATION}),
        cost="at most width steps and verdicts a round",
    )

    def __post_init__(self) -> None:
        check_counts("rebase", width=self.width)
        if not self.balance > 0:
            raise InvalidSettingError("rebase", "balance", self.balance, "above 0")
        check_temperature("rebase", self.temperature)

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each depth."""
        verifier = run.verifier("rebase", steps=True)
        finished: list[Moved] = []
        nodes = [Moved(Trajectory(problem))]
        for _ in range(problem.step_rule.max_steps):
            counts = children_counts([node.score or 0.0 for node in nodes], self.balance, self.width - len(finished))
            parents = [node for node, count in zip(nodes, counts, strict=True) for _ in range(count)]
            tell(run, nodes, parents)
            rows = await propagate(run, parents, verifier, self.temperature)
            children = [child for row in rows for child in row]
            if children:
                yield answer_of(problem, [*finished, *children], run, self.choose)
            finished += [child for child in children if child.trajectory.finished]
            nodes = [child for child in children if not child.trajectory.finished]
            if run.exhausted or not nodes:
                return


def children_counts(scores: Sequence[float], balance: float, total: int) -> list[int]:
    """How many of ``total`` children each node has, as near as whole numbers come to softmax(score / balance).

    What rounding down leaves over goes to the largest remainders, the first ones among equals.
    """
    logits = np.array(scores) / balance
    weights = np.exp(logits - logits.max())
    shares = total * weights / weights.sum()
    counts = np.floor(shares).astype(int)
    left_over = total - int(counts.sum())
    counts[np.argsort(counts - shares, kind="stable")[:left_over]] += 1
    return [int(count) for count in counts]
