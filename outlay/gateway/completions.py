"""``/v1/completions``: a prompt is continued, by the model's server under the same path."""

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from outlay.core.model import LanguageModel
from outlay.gateway.asking import validated
from outlay.gateway.chat import answer
from outlay.gateway.chat_request import Body, ChatMessage, ChatRequest
from outlay.gateway.endpoint import Exchange
from outlay.gateway.errors import RefusedError
from outlay.gateway.shape import Event
from outlay.models.openai import OpenAIModel

ELSEWHERE = ("best_of", "echo", "logprobs", "suffix")
"""Fields of this path that are not offered, unless they say nothing."""


class CompletionRequest(Body):
    """The body of ``/v1/completions``."""

    prompt: str = Field(min_length=1)


async def completions(exchange: Exchange) -> None:
    """Continue a prompt."""
    request: CompletionRequest = validated(CompletionRequest, exchange.body)
    for name in ELSEWHERE:
        if request.more.get(name) not in (None, False, 1 if name == "best_of" else None):
            raise RefusedError(400, f"{name} cannot be honoured", code="unsupported_parameter", param=name)
    fields = request.model_dump(exclude_unset=True, exclude={"prompt", *ELSEWHERE})
    asked = ChatRequest(**fields, messages=[ChatMessage(role="user", content=request.prompt)])
    await answer(exchange, asked, TextShape(), _continuing)


class TextShape:
    """A chat completion as a completion of text."""

    done = True

    def whole(self, completion: dict[str, Any]) -> dict[str, Any]:
        """The reply."""
        choices = [_choice(one, one["message"].get("content") or "") for one in completion["choices"]]
        return {**completion, **_name(completion), "choices": choices}

    def events(self, chunk: dict[str, Any]) -> Iterator[Event]:
        """The chunk as one of text; what is no text of an answer is left out."""
        if any("reasoning_content" in one["delta"] for one in chunk["choices"]):
            return
        choices = [_choice(one, one["delta"].get("content") or "") for one in chunk["choices"]]
        yield "", {**chunk, **_name(chunk), "choices": choices}

    def end(self) -> Iterator[Event]:
        """Nothing."""
        yield from ()


def _continuing(model: LanguageModel) -> LanguageModel:
    return model.continuing() if isinstance(model, OpenAIModel) else model


def _name(value: dict[str, Any]) -> dict[str, str]:
    return {"id": value["id"].replace("chatcmpl-", "cmpl-"), "object": "text_completion"}


def _choice(choice: dict[str, Any], text: str) -> dict[str, Any]:
    return {"index": choice["index"], "text": text, "logprobs": None, "finish_reason": choice["finish_reason"]}
