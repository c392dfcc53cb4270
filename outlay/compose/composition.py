"""``compose``: a strategy made of layers."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from outlay.compose.generate import Generate
from outlay.compose.layer import Draft, Layer
from outlay.compose.needs import needs_of
from outlay.compose.rules import check_order
from outlay.core.answer import Answer, Candidate
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import StrategyInfo
from outlay.strategies.decide import Choice, highest, vote_of


@dataclass(frozen=True, slots=True)
class Composition:
    """Passes drafts through layers, each of which works with what the one before has left.

    Drafts that a layer has ranked are answered with the best one, others with what most of them agree on; the
    confidence is that score, or the share of the votes. Where the newest drafts have no value, those before them
    count. It helps where no single technique is enough: many drafts to have a right one among them, a judge to find
    the better ones, a model that makes one good answer of several. Each layer adds its errors to its costs, so that a
    composition should be measured against its own first layers.

    Attributes:
        layers: from first to last, as in ``[generate(n=8), rank(verifier=process_reward, keep=4), fuse]``; a list
            within the list stands for layers side by side.
    """

    layers: tuple[Layer, ...] = field(default_factory=lambda: (Generate(8),))

    def __post_init__(self) -> None:
        check_order(self.layers)

    @property
    def info(self) -> StrategyInfo:
        """What it is; it needs what its layers need."""
        return needs_of("compose", self.layers)

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each change of a layer's drafts."""
        for layer in self.layers:
            layer.require(problem)
        stages: list[Sequence[Draft]] = []
        for layer in self.layers:
            stage: Sequence[Draft] = ()
            states = layer.apply(problem, stages[-1] if stages else (), run)
            async with aclosing(states):  # type: ignore[type-var]
                async for stage in states:
                    yield _answer(problem, [*stages, stage], run)
            if stage:
                stages.append(stage)
            if run.exhausted or not stages:
                return


def _answer(problem: Problem, stages: Sequence[Sequence[Draft]], run: Run) -> Answer:
    """What the newest drafts come to, or those before them where they have no value."""
    everyone = {one.trajectory: _candidate(one) for stage in stages for one in stage}
    valued = [stage for stage in stages if any(one.trajectory.value is not None for one in stage)]
    candidates = [_candidate(one) for one in (valued or stages)[-1]]
    choice = _choose(problem, candidates)
    chosen = candidates[choice.position]
    return Answer(chosen.value, chosen.trajectory, choice.confidence, tuple(everyone.values()), run.ledger.spent)


def _choose(problem: Problem, candidates: Sequence[Candidate]) -> Choice:
    if all(one.score is None for one in candidates):
        return vote_of(problem, candidates, range(len(candidates)))
    return highest(candidates)


def _candidate(draft: Draft) -> Candidate:
    return Candidate(draft.trajectory, draft.trajectory.value, draft.score)
