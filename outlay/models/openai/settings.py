"""What is known about one model on one OpenAI-compatible server: its settings and its model card."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from yarl import URL

from outlay.core.errors import InvalidSettingError, UnknownNameError
from outlay.core.model import Capability, ModelInfo
from outlay.wire.endpoint import check_base_url

DEFAULT_BASE_URL = "https://api.openai.com/v1"


class Api(StrEnum):
    """Which of the two endpoints is asked."""

    CHAT = "chat"
    COMPLETIONS = "completions"


class Continuation(StrEnum):
    """How the chat endpoint's model is made to go on from a partial answer."""

    NONE = "none"
    """It cannot."""
    CONTINUE_FINAL_MESSAGE = "continue_final_message"
    """A partial assistant turn that the server leaves open, as in vLLM and SGLang."""
    COMPLETIONS = "completions"
    """The completions endpoint, with the prompt written by ``template``."""


class TokenLimit(StrEnum):
    """The name of the field that limits the generated tokens."""

    MAX_TOKENS = "max_tokens"
    """Understood by nearly every server; a server that does not know a field ignores it, and a limit that
    is ignored breaks a budget, so this is the default."""
    MAX_COMPLETION_TOKENS = "max_completion_tokens"
    """Needed by OpenAI's reasoning models."""


@dataclass(frozen=True)
class OpenAISettings:
    """Where a model is, what it can do there and what it charges.

    The key is not a setting: it is read from the environment when the connection opens, so that it can end
    up in no representation, no error and no results file.

    Attributes:
        model: the model's name on the server.
        base_url: the server, usually ending in ``/v1``; by default ``OPENAI_BASE_URL``, else OpenAI's own.
        api_key_variable: the environment variable that holds the key; no key is sent where it is empty or
            unset.
        api: which endpoint is asked.
        continuation: how a partial answer is continued under ``api=chat``; the completions endpoint always
            can.
        template: the prompt of the completions endpoint; ``{prompt}`` stands for the messages, joined by
            blank lines.
        several: the server honours ``n``; if not, n samples are n requests, each with a seed of its own.
        logprobs: ask for log-probabilities.
        seeded: the server honours ``seed``.
        usage: ask for token counts with the stream; without them counts are estimates.
        stream: read answers as they are written. Without it a reply comes whole, which is less work to read,
            but samples of one request arrive together, and a call that is cut off is charged at its worst case, since
            nobody knows what it had written.
        token_limit: the field that limits the generated tokens.
        context: largest number of tokens, prompt and completion together.
        parameters: number of weights, 0 if unknown.
        prompt_price: US dollars a million fresh prompt tokens.
        cached_price: US dollars a million cached prompt tokens; by default that of fresh ones.
        completion_price: US dollars a million generated tokens.
        max_concurrency: requests on the wire at a time.
        timeout_seconds: longest wait for the server's next sign of life.
        max_retries: how often a failed request is made again.
        spare_attempts: how many attempts, broken off after they began to answer, ``bound`` pays for beside
            the good one. With 0, a broken stream is asked again only where its finished samples left enough
            room.
        template_tokens: the most tokens that the server's chat template adds beside the messages.
        fields: what every chat request has besides, such as tools to call; no setting, see ``OpenAIModel.sending``.
    """

    model: str
    base_url: str = field(default_factory=lambda: os.environ.get("OPENAI_BASE_URL") or DEFAULT_BASE_URL)
    api_key_variable: str = "OPENAI_API_KEY"
    api: Api = Api.CHAT
    continuation: Continuation = Continuation.NONE
    template: str = "{prompt}"
    several: bool = True
    logprobs: bool = False
    seeded: bool = True
    usage: bool = True
    stream: bool = True
    token_limit: TokenLimit = TokenLimit.MAX_TOKENS
    context: int = 8192
    parameters: int = 0
    prompt_price: float = 0.0
    cached_price: float | None = None
    completion_price: float = 0.0
    max_concurrency: int = 64
    timeout_seconds: float = 120.0
    max_retries: int = 5
    spare_attempts: int = 0
    template_tokens: int = 64
    fields: Mapping[str, Any] = field(default_factory=dict, init=False, repr=False, hash=False)

    def __post_init__(self) -> None:
        check_base_url("model openai", self.base_url, "http://localhost:8000/v1")
        for name, words in (("api", Api), ("continuation", Continuation), ("token_limit", TokenLimit)):
            self._choose(name, words)
        if not self.model:
            raise InvalidSettingError("model openai", "model", self.model, "a model's name, as in openai:NAME")
        if "{prompt}" not in self.template:
            raise InvalidSettingError("model openai", "template", self.template, "a text with {prompt} in it")
        if self.api is Api.COMPLETIONS and self.continuation is Continuation.CONTINUE_FINAL_MESSAGE:
            raise InvalidSettingError(
                "model openai", "continuation", str(self.continuation),
                "none or completions under api=completions, which always continues",
            )  # fmt: skip
        for name in ("context", "max_concurrency"):
            self._check(name, 1)
        for name in ("parameters", "max_retries", "spare_attempts", "template_tokens"):
            self._check(name, 0)
        self._check_prices()
        if not (self.timeout_seconds > 0 and math.isfinite(self.timeout_seconds)):
            raise InvalidSettingError("model openai", "timeout_seconds", self.timeout_seconds, "above 0 and finite")

    def _check_prices(self) -> None:
        for name in ("prompt_price", "completion_price"):
            self._check(name, 0)
        if self.cached_price is not None and not 0 <= self.cached_price <= self.prompt_price:
            raise InvalidSettingError(
                "model openai",
                "cached_price",
                self.cached_price,
                f"from 0 to prompt_price={self.prompt_price}",
            )

    def _choose(self, name: str, words: type[StrEnum]) -> None:
        given = getattr(self, name)
        if given not in set(words):
            raise UnknownNameError(f"{name} of model openai", str(given), words)
        # Plain text is as good as a member, as it is in a catalogue.
        object.__setattr__(self, name, words(given))

    def _check(self, name: str, least: int) -> None:
        value = getattr(self, name)
        if not (value >= least and math.isfinite(value)):
            raise InvalidSettingError("model openai", name, value, f"{least} or above, and finite")

    @cached_property
    def host(self) -> str:
        """The server's host and port, for messages."""
        return URL(self.base_url).authority

    @property
    def continues(self) -> bool:
        """Whether a partial answer can be continued."""
        return self.api is Api.COMPLETIONS or self.continuation is not Continuation.NONE

    @cached_property
    def info(self) -> ModelInfo:
        """The model card.

        ``Capability.SEED`` promises that the i-th sample depends on the i-th seed alone. A server that
        makes several samples of one request sees only the first seed, so the promise is made only with
        ``several=False``.
        """
        stated = {
            Capability.LOGPROBS: self.logprobs,
            Capability.CONTINUATION: self.continues,
            Capability.SEVERAL: self.several,
            Capability.DIALOGUE: self.api is Api.CHAT,
            Capability.SEED: self.seeded and not self.several,
        }
        return ModelInfo(
            name=f"openai:{self.model}",
            summary=f"{self.model} at {self.host}",
            capabilities=frozenset(capability for capability, offered in stated.items() if offered),
            context=self.context,
            parameters=self.parameters,
            prompt_price=self.prompt_price,
            cached_price=self.prompt_price if self.cached_price is None else self.cached_price,
            completion_price=self.completion_price,
        )
