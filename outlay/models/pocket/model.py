"""``pocket``: the embedded language model, in numpy, behind the same contract as every other."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from outlay.core.cost import Cost
from outlay.core.errors import InvalidInputError
from outlay.core.model import Capability, Meter, ModelInfo, Sample, SampleRequest, Scored
from outlay.core.problem import Problem
from outlay.core.trajectory import Step, Trajectory
from outlay.models.pocket.batch import Generation
from outlay.models.pocket.engine import Engine
from outlay.models.pocket.sampler import log_softmax
from outlay.models.pocket.tokenizer import BOS, encode
from outlay.models.pocket.transformer import Piece, read, unembed
from outlay.models.pocket.weights import PocketWeights, load_weights

SHIPPED = Path(__file__).parent / "shipped"
PROMPTS_KEPT = 256


@dataclass(frozen=True, slots=True, eq=False)
class PocketState:
    """A step's ``model_state``: the piece of memory that belongs to it, and the weights it came from."""

    digest: str
    piece: Piece


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
    _prompts: "OrderedDict[str, Piece]" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        weights = load_weights(Path(self.path) if self.path else SHIPPED)
        for name, value in (("_weights", weights), ("_engine", Engine(weights)), ("_prompts", OrderedDict())):
            object.__setattr__(self, name, value)

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
            frozenset(Capability),
            self._weights.shape.context,
            self._weights.shape.parameters,
        )

    def bound(self, request: SampleRequest) -> Cost:
        """The most a request can cost.

        Raises:
            InvalidInputError: if the text leaves no room for an answer or has characters the model does not know.
        """
        fresh, cached = self._prompt_tokens(request.trajectory)
        most = self._room(request, fresh + cached)
        count = len(request.seeds)
        started = 0 if request.trajectory.last else count
        return self.info.cost(prompt=fresh, cached=cached, completion=count * most, samples=started, calls=1)

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        """The request's samples as they finish."""
        fresh, cached = self._prompt_tokens(request.trajectory)
        most = self._room(request, fresh + cached)
        pieces = self.remember(request.trajectory)
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
        """Log-probabilities of texts as continuations; each is read once, on top of the trajectory's memory."""
        pieces = self.remember(trajectory)
        found = []
        for text in texts:
            ids = encode(text)
            piece = read(self._weights, ids, pieces)
            meter(self.info.cost(prompt=len(ids), calls=1))
            before = np.concatenate([pieces[-1].hidden[-1:], piece.hidden[:-1]])
            logprobs = log_softmax(unembed(self._weights, before))
            found.append(Scored(text, tuple(logprobs[np.arange(len(ids)), ids].tolist())))
        return found

    def remember(self, trajectory: Trajectory) -> list[Piece]:
        """The pieces of a trajectory, prompt first; what this model did not write itself is read."""
        pieces = [self._prompt(trajectory.problem)]
        for step in trajectory.steps:
            kept = self.piece_of(step)
            pieces.append(kept or read(self._weights, encode(step.text) or [BOS], pieces))
        return pieces

    def piece_of(self, step: Step) -> Piece | None:
        """The memory that travels with a step, if these weights made it."""
        state = step.model_state
        return state.piece if isinstance(state, PocketState) and state.digest == self._weights.digest else None

    def _prompt(self, problem: Problem) -> Piece:
        text = prompt_text(problem)
        piece = self._prompts.pop(text, None)
        if piece is None:
            piece = read(self._weights, [BOS, *encode(text)], [])
        self._prompts[text] = piece
        while len(self._prompts) > PROMPTS_KEPT:
            self._prompts.popitem(last=False)
        return piece

    def _prompt_tokens(self, trajectory: Trajectory) -> tuple[int, int]:
        """Tokens that a call must read, and those whose memory it finds."""
        prompt = 1 + len(encode(prompt_text(trajectory.problem)))
        if trajectory.last is None:
            return prompt, 0
        fresh, cached = 0, prompt
        for step in trajectory.steps:
            kept = self.piece_of(step)
            if kept is None:
                fresh += len(encode(step.text))
            else:
                cached += kept.tokens
        return fresh, cached

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
            PocketState(self._weights.digest, generation.piece),
        )
        return Sample(index, step, generation.finish)


def prompt_text(problem: Problem) -> str:
    """The text a pocket model is asked with: the messages, one a line."""
    return "".join(message.content.strip() + "\n" for message in problem.messages)
