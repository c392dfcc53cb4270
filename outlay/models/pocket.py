"""``pocket``: the embedded language model, in numpy, behind the same contract as every other."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from outlay.core.cost import Cost
from outlay.core.errors import InvalidInputError
from outlay.core.model import Capability, Meter, ModelInfo, Sample, SampleRequest, Scored
from outlay.core.trajectory import Step, Trajectory
from outlay.pocket.batch import Generation
from outlay.pocket.engine import Engine
from outlay.pocket.memory import Memory
from outlay.pocket.sampler import log_softmax
from outlay.pocket.tokenizer import ANSWER, encode
from outlay.pocket.transformer import read, unembed
from outlay.pocket.weights import SHIPPED, SHIPPED_DIALOGUE, PocketWeights, load_weights


@dataclass(frozen=True, eq=False)
class Pocket:
    """The shipped language model, or one of the same kind from a folder.

    Prompt tokens are charged once a call that starts from the bare problem; what a continued trajectory has behind it
    is charged as cached, since its memory travels with its steps. A trajectory that this model did not write is read
    again in full.

    Attributes:
        path: a folder with ``language_model.safetensors`` and its card; empty for the shipped model.
    """

    path: str = ""
    _weights: PocketWeights = field(init=False, repr=False)
    _engine: Engine = field(init=False, repr=False)
    _memory: Memory = field(init=False, repr=False)

    def __post_init__(self) -> None:
        weights = load_weights(self.folder)
        for name, value in (("_weights", weights), ("_engine", Engine(weights)), ("_memory", Memory(weights))):
            object.__setattr__(self, name, value)

    @property
    def shipped(self) -> Path:
        """Where the shipped model of this kind is."""
        return SHIPPED

    @property
    def folder(self) -> Path:
        """Where the model's files are."""
        return Path(self.path) if self.path else self.shipped

    @property
    def weights(self) -> PocketWeights:
        """The weights, for what is built on the same trunk."""
        return self._weights

    @property
    def info(self) -> ModelInfo:
        """The model card; prices are zero, FLOPs are two a weight and token."""
        return ModelInfo(
            "pocket" if not self.path else f"pocket:{self.path}",
            "embedded Llama of a million weights; answers the generated tasks, offline",
            frozenset(Capability) - {Capability.DIALOGUE},
            self._weights.shape.context,
            self._weights.shape.parameters,
            thinking_end=ANSWER,
            digest=self._weights.digest,
        )

    def bound(self, request: SampleRequest) -> Cost:
        """The most a request can cost.

        Raises:
            InvalidInputError: if the text leaves no room for an answer or has characters the model does not know.
        """
        fresh, cached = self._memory.tokens(request.trajectory)
        most = self._room(request, fresh + cached)
        count = len(request.seeds)
        started = 0 if request.trajectory.last else count
        return self.info.cost(prompt=fresh, cached=cached, completion=count * most, samples=started, calls=1)

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        """The request's samples as they finish."""
        fresh, cached = self._memory.tokens(request.trajectory)
        most = self._room(request, fresh + cached)
        pieces = self._memory.pieces(request.trajectory)
        meter(self.info.cost(prompt=fresh, cached=cached, calls=1))
        generations = [
            Generation(pieces, seed, most, request.temperature, request.top_p, request.stop) for seed in request.seeds
        ]
        index = {id(generation): i for i, generation in enumerate(generations)}
        try:
            async with aclosing(self._engine.run(generations)) as finished:
                async for generation in finished:
                    meter(self._cost(request, generation))
                    yield self._sample(request, index.pop(id(generation)), generation)
        finally:
            for i in index.values():
                meter(self._cost(request, generations[i]))

    async def score(self, trajectory: Trajectory, texts: Sequence[str], meter: Meter) -> list[Scored]:
        """Log-probabilities of texts as continuations; each is read once, on top of the trajectory's memory.

        Raises:
            InvalidInputError: if a text has characters the model does not know or passes the context.
        """
        pieces = self._memory.pieces(trajectory)
        found = []
        for text in texts:
            ids = encode(text)
            if not ids:
                found.append(Scored(text, ()))
                continue
            piece = read(self._weights, ids, pieces)
            meter(self.info.cost(prompt=len(ids), calls=1))
            before = np.concatenate([pieces[-1].hidden[-1:], piece.hidden[:-1]])
            logprobs = log_softmax(unembed(self._weights, before))
            found.append(Scored(text, tuple(logprobs[np.arange(len(ids)), ids].tolist())))
        return found

    def _room(self, request: SampleRequest, used: int) -> int:
        room = self._weights.shape.context - used - 1
        if room < 1:
            raise InvalidInputError(
                f"the text has {used} tokens; the pocket model's context is {self._weights.shape.context}"
            )
        return min(request.max_tokens, room)

    def _cost(self, request: SampleRequest, generation: Generation) -> Cost:
        started = 0 if request.trajectory.last else 1
        return self.info.cost(completion=len(generation.ids), samples=started)

    def _sample(self, request: SampleRequest, index: int, generation: Generation) -> Sample:
        assert generation.piece is not None  # noqa: S101
        assert generation.finish is not None  # noqa: S101
        step = Step(
            generation.text,
            request.trajectory.last,
            tuple(generation.ids),
            tuple(generation.logprobs),
            self._cost(request, generation),
            self._memory.state(generation.piece),
        )
        return Sample(index, step, generation.finish)


@dataclass(frozen=True, eq=False)
class PocketDialogue(Pocket):
    """The shipped model that has learnt to converse: to judge and mend its answers, to think longer or not at all.

    It understands the words of ``outlay.core.phrases``, and no others.
    """

    @property
    def shipped(self) -> Path:
        """Where the shipped model of this kind is."""
        return SHIPPED_DIALOGUE

    @property
    def info(self) -> ModelInfo:
        """The model card."""
        plain = super().info
        name = plain.name.replace("pocket", "pocket_dialogue", 1)
        summary = "the embedded model, trained on to judge, mend and check its own answers"
        return replace(plain, name=name, summary=summary, capabilities=plain.capabilities | {Capability.DIALOGUE})
