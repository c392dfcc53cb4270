"""A model that notes how long each of its samples took."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from outlay.core.cost import Cost
from outlay.core.model import LanguageModel, Meter, ModelInfo, Sample, SampleRequest, Scored
from outlay.core.trajectory import Trajectory


@dataclass(frozen=True, eq=False)
class Timed:
    """Another model, whose samples say in their cost how many seconds passed from the request until they were there.

    A journal keeps what a sample says that it cost; its ledger is not charged for those seconds.

    Attributes:
        of: who answers.
    """

    of: LanguageModel

    @property
    def info(self) -> ModelInfo:
        """The card of the model that answers."""
        return self.of.info

    def bound(self, request: SampleRequest) -> Cost:
        """The most that a request can cost."""
        return self.of.bound(request)

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        """The request's samples as they finish."""
        asked = time.monotonic()
        async with aclosing(self.of.sample(request, meter)) as samples:  # type: ignore[type-var]
            async for sample in samples:
                cost = replace(sample.step.cost, seconds=time.monotonic() - asked)
                yield replace(sample, step=replace(sample.step, cost=cost))

    async def score(self, trajectory: Trajectory, texts: Sequence[str], meter: Meter) -> list[Scored]:
        """Log-probabilities of texts, as the model has them."""
        return await self.of.score(trajectory, texts, meter)
