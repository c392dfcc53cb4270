"""``sampled``: another model at a stated temperature and top-p, whatever a strategy asks for."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from outlay.core.cost import Cost
from outlay.core.errors import InvalidSettingError
from outlay.core.model import LanguageModel, Meter, ModelInfo, Sample, SampleRequest, Scored
from outlay.core.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class Sampled:
    """Makes every request that samples at these settings; one at temperature 0, as of ``greedy``, stays greedy.

    Attributes:
        of: the model.
        temperature: above 0; without it, what the strategy asks for.
        top_p: nucleus, above 0 and at most 1; without it, what the strategy asks for.
    """

    of: LanguageModel
    temperature: float | None = None
    top_p: float | None = None

    def __post_init__(self) -> None:
        if self.temperature is not None and not self.temperature > 0:
            raise InvalidSettingError("model sampled", "temperature", self.temperature, "above 0, or left out")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise InvalidSettingError("model sampled", "top_p", self.top_p, "above 0 and at most 1, or left out")

    @property
    def info(self) -> ModelInfo:
        """The model's card."""
        return self.of.info

    def bound(self, request: SampleRequest) -> Cost:
        """The most that a request can cost."""
        return self.of.bound(self._set(request))

    def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        """The request's samples as they finish."""
        return self.of.sample(self._set(request), meter)

    async def score(self, trajectory: Trajectory, texts: Sequence[str], meter: Meter) -> list[Scored]:
        """Log-probabilities of texts, as the model gives them.

        Raises:
            MissingCapabilityError: if the model cannot score given text.
        """
        return await self.of.score(trajectory, texts, meter)

    async def aclose(self) -> None:
        """Close the model."""
        close = getattr(self.of, "aclose", None)
        if close is not None:
            await close()

    def _set(self, request: SampleRequest) -> SampleRequest:
        if request.temperature == 0:
            return request
        temperature = request.temperature if self.temperature is None else self.temperature
        return replace(request, temperature=temperature, top_p=request.top_p if self.top_p is None else self.top_p)
