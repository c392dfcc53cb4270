"""A request for a chat completion, as it comes in, and what becomes of each of its fields."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from outlay.core.problem import Message
from outlay.gateway.errors import RefusedError
from outlay.gateway.options import Options
from outlay.models.openai.raw_message import RawMessage

ROLES = ("system", "developer", "user", "assistant", "tool")

SENT_ON = frozenset({
    "tools", "tool_choice", "parallel_tool_calls", "response_format", "frequency_penalty", "presence_penalty",
    "logit_bias", "reasoning_effort", "verbosity",
})  # fmt: skip
"""Fields that change the answer and are the model's affair: a server gets them with every sample."""

IDLE = frozenset({
    "user", "metadata", "store", "service_tier", "prompt_cache_key", "prompt_cache_retention", "safety_identifier",
})  # fmt: skip
"""Fields that do not change an answer; nothing comes of them."""

REFUSED = frozenset({"audio", "functions", "function_call", "modalities", "prediction", "web_search_options"})
"""Fields that would change the answer and are not offered."""


class Body(BaseModel):
    """What requests for chats and for completions have in common."""

    model_config = ConfigDict(extra="allow")

    model: str = Field(min_length=1, max_length=600)
    stream: bool | None = None
    stream_options: dict[str, Any] | None = None
    n: int | None = Field(None, ge=1)
    stop: str | list[str] | None = None
    seed: int | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    max_tokens: int | None = Field(None, ge=1)
    outlay: Options = Field(default_factory=Options)

    @property
    def stops(self) -> tuple[str, ...]:
        """The strings that end an answer."""
        given = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return tuple(filter(None, given))

    @property
    def counts_stream(self) -> bool:
        """Whether a stream ends with the usage."""
        return bool((self.stream_options or {}).get("include_usage"))

    @property
    def more(self) -> dict[str, Any]:
        """Fields beside those that every request has, as far as they say anything."""
        return {name: value for name, value in (self.model_extra or {}).items() if value not in (None, [], {})}


class ChatMessage(BaseModel):
    """One message."""

    model_config = ConfigDict(extra="allow")

    role: str
    content: str | list[dict[str, Any]] | None = None

    def message(self, position: int) -> Message:
        """The message as a strategy sees it.

        Raises:
            RefusedError: if its role is unknown or a part of it is no text.
        """
        param = f"messages.{position}"
        if self.role not in ROLES:
            raise RefusedError(400, f"a message has the role {self.role!r}; known are {', '.join(ROLES)}", param=param)
        raw = self.model_dump(exclude_unset=True)
        text = self.content if isinstance(self.content, str) else _joined(self.content or [], param)
        if self.role in {"system", "user", "assistant"} and set(raw) <= {"role", "content"} and text == self.content:
            return Message(self.role, text)  # type: ignore[arg-type]
        role = {"developer": "system", "tool": "user"}.get(self.role, self.role)
        return RawMessage(role, text, raw)  # type: ignore[arg-type]


class ChatRequest(Body):
    """The body of ``/v1/chat/completions``."""

    messages: list[ChatMessage] = Field(min_length=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    logprobs: bool | None = None
    top_logprobs: int | None = None

    @property
    def longest(self) -> int | None:
        """The most tokens of one answer, where the request says."""
        return self.max_completion_tokens or self.max_tokens

    @property
    def conversation(self) -> tuple[Message, ...]:
        """The messages as a strategy sees them.

        Raises:
            RefusedError: if one of them cannot be asked.
        """
        return tuple(message.message(position) for position, message in enumerate(self.messages))


def _joined(parts: list[dict[str, Any]], param: str) -> str:
    texts = [part.get("text") for part in parts]
    if not all(isinstance(text, str) and part.get("type") == "text" for text, part in zip(texts, parts, strict=True)):
        raise RefusedError(400, "only parts of the type text are offered", param=f"{param}.content")
    return "\n".join(map(str, texts))
