"""A model that says what a function tells it to say: for judges, which must cope with any reply."""

import math
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from outlay.core.cost import Cost
from outlay.core.errors import MissingCapabilityError
from outlay.core.model import Capability, Meter, ModelInfo, Sample, SampleRequest, Scored
from outlay.core.problem import Message
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.testing.arrival import Arrival, arrival_order, give_way

Script = Callable[[Sequence[Message], np.random.Generator], str]
"""From a conversation and a generator, which the sample's seed decides, to the reply."""
CARD = ModelInfo(
    "scripted", capabilities=frozenset({Capability.DIALOGUE, Capability.LOGPROBS, Capability.SEVERAL, Capability.SEED})
)


@dataclass(frozen=True, slots=True)
class ScriptedModel:
    """Replies to conversations by a function; a token a character.

    Attributes:
        script: what it says.
        info: its card.
        arrival: when replies arrive.
        arrival_seed: for ``Arrival.SHUFFLED``.
        likelihood: the probability that it claims for a reply.
    """

    script: Script
    info: ModelInfo = CARD
    arrival: Arrival = Arrival.IN_ORDER
    arrival_seed: int = 0
    likelihood: float = 1.0

    def bound(self, request: SampleRequest) -> Cost:
        """The most that a request can cost."""
        count = len(request.seeds)
        return self.info.cost(prompt=_read(request), completion=count * request.max_tokens, samples=count, calls=1)

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        """The request's samples as they finish."""
        meter(self.info.cost(prompt=_read(request), calls=1))
        for index in arrival_order(self.arrival, self.arrival_seed, request.seeds):
            await give_way(self.arrival, self.arrival_seed, request.seeds[index])
            said = self.script(request.trajectory.problem.messages, np.random.default_rng(request.seeds[index]))
            text = said[: request.max_tokens]
            finish = Finish.END if text == said else Finish.LENGTH
            cost = self.info.cost(completion=len(text), samples=1)
            logprobs = (math.log(self.likelihood), *[0.0] * (len(text) - 1))[: len(text)]
            meter(cost)
            yield Sample(index, Step(text, request.trajectory.last, logprobs=logprobs, cost=cost), finish)

    async def score(self, trajectory: Trajectory, texts: Sequence[str], meter: Meter) -> list[Scored]:
        """Not offered.

        Raises:
            MissingCapabilityError: always.
        """
        _refuse()


def _read(request: SampleRequest) -> int:
    return sum(len(message.content) for message in request.trajectory.problem.messages)


def _refuse() -> NoReturn:
    raise MissingCapabilityError("scoring given text", "log-probabilities of given text", "a scripted model", "")
