"""A model whose answers end at given strings, as an asker from outside may want."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from outlay.core.cost import Cost
from outlay.core.model import LanguageModel, Meter, ModelInfo, Sample, SampleRequest, Scored
from outlay.core.trajectory import Finish, Trajectory


@dataclass(frozen=True, slots=True)
class Stopping:
    """Another model, whose answer is finished where one of some strings ends it. The string stays part of the text.

    Attributes:
        model: answers.
        stop: what ends an answer.
    """

    model: LanguageModel
    stop: tuple[str, ...]

    @property
    def info(self) -> ModelInfo:
        """The model's card."""
        return self.model.info

    def bound(self, request: SampleRequest) -> Cost:
        """The most that a request can cost; stopping makes none dearer."""
        return self.model.bound(request)

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        """The model's samples, each cut off at the first of the strings."""
        stopped = replace(request, stop=(*request.stop, *self.stop))
        samples = self.model.sample(stopped, meter)
        async with aclosing(samples):  # type: ignore[type-var]
            async for sample in samples:
                whole = request.trajectory.text + sample.step.text
                over = sample.finish is Finish.STEP and whole.endswith(self.stop)
                yield replace(sample, finish=Finish.END) if over else sample

    async def score(self, trajectory: Trajectory, texts: Sequence[str], meter: Meter) -> list[Scored]:
        """The model's log-probabilities."""
        return await self.model.score(trajectory, texts, meter)
