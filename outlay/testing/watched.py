"""A model that is watched, and what must hold of a run and of it, whatever happened."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

import anyio.lowlevel

from outlay.core.budget import COUNTED, Budget, amounts
from outlay.core.cost import NOTHING, Cost
from outlay.core.model import LanguageModel, Meter, ModelInfo, Sample, SampleRequest, Scored
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.testing.false_alarms import require
from outlay.testing.world import unreserved

SLACK = 1 + 1e-9
"""Relative slack for limits in dollars and FLOPs, which are sums of floats."""


class Watched:
    """A model that keeps count of its calls under way and of what it charged.

    Attributes:
        running: calls under way.
        charged: all that was charged.
        overrun: whether a call charged more than its bound.
    """

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self.running = 0
        self.charged = NOTHING
        self.overrun = False

    @property
    def info(self) -> ModelInfo:
        """The model's card."""
        return self._model.info

    def bound(self, request: SampleRequest) -> Cost:
        """The most a request can cost."""
        return self._model.bound(request)

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        """The model's samples, watched."""
        paid = NOTHING
        bound = self.bound(request)

        def watch(cost: Cost) -> None:
            nonlocal paid
            paid += cost
            self.charged += cost
            pairs = zip(amounts(paid), amounts(bound), strict=True)
            self.overrun = self.overrun or any(spent > limit * SLACK for spent, limit in pairs)
            meter(cost)

        self.running += 1
        try:
            samples = self._model.sample(request, watch)
            async with aclosing(samples):  # type: ignore[type-var]
                async for sample in samples:
                    yield sample
        finally:
            self.running -= 1

    async def score(self, trajectory: Trajectory, texts: Sequence[str], meter: Meter) -> list[Scored]:
        """As the model scores."""
        return await self._model.score(trajectory, texts, meter)


def require_within(run: Run, budget: Budget, where: str) -> None:
    """No limit is passed."""
    for name, spent, limit in zip(COUNTED, amounts(run.ledger.spent), budget.limits, strict=True):
        require(spent <= limit * SLACK, f"{where}: spent {spent} {name}, more than the limit of {limit}")


def require_settled(run: Run, model: Watched, where: str) -> None:
    """No call is left running, nothing stays reserved, and all that was charged is booked."""
    require(model.running == 0, f"{where}: {model.running} calls to the model were left running")
    require(not model.overrun, f"{where}: the model charged more than its bound")
    require(unreserved(run.ledger), f"{where}: something stays reserved")
    require_covered(model.charged, run.ledger.spent, f"{where}: the model charged more than was booked")


async def require_quiet(run: Run, where: str) -> None:
    """Nothing more is spent."""
    before = amounts(run.ledger.spent)
    for _ in range(30):
        await anyio.lowlevel.checkpoint()
    require(amounts(run.ledger.spent) == before, f"{where}: it went on spending")


def require_covered(less: Cost, more: Cost, law: str) -> None:
    """No amount of the one is above that of the other."""
    pairs = zip(amounts(less), amounts(more), strict=True)
    require(all(small <= large * SLACK for small, large in pairs), law)
