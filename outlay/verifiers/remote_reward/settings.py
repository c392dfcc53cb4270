"""What is known about one reward model on one server."""

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from yarl import URL

from outlay.core.aggregation import Aggregation
from outlay.core.errors import InvalidSettingError, UnknownNameError
from outlay.verifiers.activation import Activation
from outlay.wire.endpoint import check_base_url

OWNER = "verifier remote_reward"


class Api(StrEnum):
    """Which endpoint is asked; it is the path below ``base_url``."""

    CLASSIFY = "classify"
    """A sequence classifier: one vector of class probabilities for a text."""
    SCORE = "score"
    """A cross-encoder: one number for question and answer."""
    RERANK = "rerank"
    """The same by another protocol, which Jina's and Cohere's servers speak too."""
    POOLING = "pooling"
    """A process reward model: class probabilities at every step, or at every token."""


class Rows(StrEnum):
    """What the pooling endpoint gives a row of outputs for."""

    STEPS = "steps"
    """For each separator, as vLLM does with ``pooling_type`` STEP."""
    TOKENS = "tokens"
    """For each token, as with ``pooling_type`` ALL; where the separators are is learnt from ``/tokenize``."""


@dataclass(frozen=True)
class RemoteRewardSettings:
    """Where a reward model is, how it reads an answer and how its outputs are to be understood.

    Attributes:
        model: the model's name on the server.
        base_url: the server. vLLM has ``score`` and ``rerank`` below ``/v1`` too, ``classify`` and ``pooling`` not.
        api: which endpoint is asked.
        api_key_variable: the environment variable that holds the key; no key is sent where it is empty or unset.
        chat: send the conversation and let the server apply the model's chat template, one request for each answer;
            models that were trained on conversations want it. Without it, ``template`` makes the text.
        template: the text of ``classify`` and ``pooling`` without ``chat``; ``{prompt}`` stands for the messages,
            joined by blank lines, and ``{answer}`` for the answer. Empty, a blank line stands between the two.
        separator: under ``api=pooling``, the token that stands after every step, ``<extra_0>`` for Qwen's models.
        join: what stands between a separator and the next step.
        rows: what the pooling endpoint gives a row for.
        before: the score stands in the row before the separator, which predicts it, for models that write a plus or a
            minus in its place; with ``rows=tokens`` only.
        right: which output is the class of what is right, counted from the end where negative; 0 for models that
            give a plus and then a minus.
        activation: what is still to be done to the outputs. With ``sigmoid`` and ``softmax`` the server is asked for
            logits; by itself it gives probabilities.
        aggregation: how step scores become the verdict's score.
        batch: the most answers of one request.
        parameters: number of weights, 0 if unknown; for FLOPs.
        price: US dollars a million tokens.
        max_concurrency: requests on the wire at a time.
        timeout_seconds: longest wait for a whole reply.
        max_retries: how often a failed request is made again.
        template_tokens: the most tokens that stand around the text of one answer: the chat template's and special ones.
    """

    model: str
    base_url: str = "http://localhost:8000"
    api: Api = Api.CLASSIFY
    api_key_variable: str = "VLLM_API_KEY"
    chat: bool = False
    template: str = ""
    separator: str = "<extra_0>"
    join: str = ""
    rows: Rows = Rows.STEPS
    before: bool = False
    right: int = -1
    activation: Activation = Activation.NONE
    aggregation: Aggregation = Aggregation.LAST
    batch: int = 32
    parameters: int = 0
    price: float = 0.0
    max_concurrency: int = 64
    timeout_seconds: float = 60.0
    max_retries: int = 5
    template_tokens: int = 64

    def __post_init__(self) -> None:
        check_base_url(OWNER, self.base_url, "http://localhost:8000")
        for name, words in (("api", Api), ("rows", Rows), ("activation", Activation), ("aggregation", Aggregation)):
            self._choose(name, words)
        self._require("model", bool(self.model), "a model's name, as in remote_reward:NAME")
        held = not self.template or ("{answer}" in self.template and "{prompt}" in self.template)
        self._require("template", held, "a text with {prompt} and {answer} in it")
        self._require("separator", bool(self.separator.strip()), "a token that no answer holds, and not blank")
        pairs = self.api in {Api.SCORE, Api.RERANK}
        self._require("chat", not (self.chat and pairs), f"false under api={self.api}, which takes question and answer")
        self._require("before", self.by_token or not self.before, "false without api=pooling and rows=tokens")
        for name, least in (("batch", 1), ("max_concurrency", 1), ("max_retries", 0), ("parameters", 0), ("price", 0),
                            ("template_tokens", 0)):  # fmt: skip
            value = getattr(self, name)
            self._require(name, value >= least and math.isfinite(value), f"{least} or above, and finite")
        timely = self.timeout_seconds > 0 and math.isfinite(self.timeout_seconds)
        self._require("timeout_seconds", timely, "above 0 and finite")

    def _require(self, name: str, holds: bool, allowed: str) -> None:
        if not holds:
            raise InvalidSettingError(OWNER, name, getattr(self, name), allowed)

    def _choose(self, name: str, words: type[StrEnum]) -> None:
        given = getattr(self, name)
        if given not in set(words):
            raise UnknownNameError(f"{name} of {OWNER}", str(given), words)
        # Plain text is as good as a member, as it is in a catalogue.
        object.__setattr__(self, name, words(given))

    @property
    def by_token(self) -> bool:
        """Whether a row comes for each token, among which the separators' are to be found."""
        return self.api is Api.POOLING and self.rows is Rows.TOKENS

    @cached_property
    def host(self) -> str:
        """The server's host and port, for messages."""
        return URL(self.base_url).authority
