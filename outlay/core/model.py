"""The contract of a language model: it yields samples as they finish."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from outlay.core.cost import Cost
from outlay.core.errors import InvalidSettingError
from outlay.core.trajectory import Finish, Step, Trajectory

Meter = Callable[[Cost], None]
"""Called by a model or verifier as it spends, so that a call cut short is charged for what it used."""


class Capability(StrEnum):
    """What a model may be able to do beyond answering a chat."""

    LOGPROBS = "logprobs"
    CONTINUATION = "continuation"
    """Goes on from a partial answer."""
    FORK = "fork"
    """Continues a trajectory without recomputing what came before."""
    SEED = "seed"
    """The same seed gives the same sample."""
    SEVERAL = "n"
    """Several samples of one prompt in one call."""
    SCORE = "score"
    """Log-probabilities of given text."""
    HIDDEN_STATES = "hidden states"
    DIALOGUE = "dialogue"
    """Follows a conversation of several turns: is asked about its own answer, told to try again."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model card: what it is, what it can do and what it charges.

    Attributes:
        name: how the model is named on the command line.
        summary: one line for lists.
        capabilities: what it can do.
        context: largest number of tokens, prompt and completion together.
        parameters: number of weights, 0 if unknown.
        prompt_price: US dollars a million fresh prompt tokens.
        cached_price: US dollars a million cached prompt tokens.
        completion_price: US dollars a million generated tokens.
        thinking_end: what the model writes at the end of its thinking, before its answer.
        digest: checksum of its weights, where they are at hand.
    """

    name: str
    summary: str = ""
    capabilities: frozenset[Capability] = frozenset()
    context: int = 8192
    parameters: int = 0
    prompt_price: float = 0.0
    cached_price: float = 0.0
    completion_price: float = 0.0
    thinking_end: str = "</think>"
    digest: str = ""

    @property
    def flops_per_token(self) -> float:
        """Forward-pass FLOPs a token, two for each weight (Kaplan et al. 2020, table 1)."""
        return 2.0 * self.parameters

    def cost(
        self, *, prompt: int = 0, cached: int = 0, completion: int = 0, samples: int = 0, calls: int = 0,
        estimated: bool = False,
    ) -> Cost:  # fmt: skip
        """The cost of some tokens at this model's prices; cached tokens take no FLOPs."""
        dollars = prompt * self.prompt_price + cached * self.cached_price + completion * self.completion_price
        return Cost(
            prompt_tokens=prompt, cached_tokens=cached, completion_tokens=completion, samples=samples, calls=calls,
            dollars=dollars / 1e6, flops=(prompt + completion) * self.flops_per_token, estimated=estimated,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """A request for samples that continue one trajectory.

    Attributes:
        trajectory: what to continue; its root is the bare problem.
        seeds: one seed a sample; their number is the number of samples.
        max_tokens: no sample generates more.
        temperature: 0 is greedy.
        top_p: nucleus; 1 keeps every token.
        stop: strings that end a sample with ``Finish.STEP``; the string stays part of the text.
    """

    trajectory: Trajectory
    seeds: tuple[int, ...]
    max_tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.seeds:
            raise InvalidSettingError("sample request", "seeds", self.seeds, "one seed or more")
        if self.max_tokens < 1:
            raise InvalidSettingError("sample request", "max_tokens", self.max_tokens, "1 or above")
        if not self.temperature >= 0:
            raise InvalidSettingError("sample request", "temperature", self.temperature, "0 or above")
        if not 0 < self.top_p <= 1:
            raise InvalidSettingError("sample request", "top_p", self.top_p, "above 0 and at most 1")


@dataclass(frozen=True, slots=True)
class Sample:
    """One finished sample of a request.

    Attributes:
        index: which of the request's seeds it belongs to.
        step: the generated text as one step, whose parent is the requested trajectory's last step.
        finish: why it ended.
    """

    index: int
    step: Step
    finish: Finish


@dataclass(frozen=True, slots=True)
class Scored:
    """Log-probabilities in nats of the tokens of a given text."""

    text: str
    logprobs: tuple[float, ...] = field(repr=False)

    @property
    def total(self) -> float:
        """Log-probability of the whole text."""
        return sum(self.logprobs)


class LanguageModel(Protocol):
    """Answers, one sample at a time.

    ``sample`` yields every sample of the request once, in the order in which they finish. Leaving the iterator cancels
    what still runs, on the wire too. It calls the meter with what it spends, when it is spent, and the sum never
    passes ``bound(request)``. The i-th sample depends on the request and the i-th seed alone.
    """

    @property
    def info(self) -> ModelInfo:
        """The model card."""
        ...

    def bound(self, request: SampleRequest) -> Cost:
        """The most that a request can cost."""
        ...

    def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        """The request's samples as they finish."""
        ...

    async def score(self, trajectory: Trajectory, texts: Sequence[str], meter: Meter) -> list[Scored]:
        """Log-probabilities of texts as continuations of a trajectory.

        Raises:
            MissingCapabilityError: if the model cannot score given text.
        """
        ...
