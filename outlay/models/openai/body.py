"""What is sent: the path and the JSON body that ask for some samples of a request."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from outlay.core.model import SampleRequest
from outlay.models.openai.raw_message import on_the_wire
from outlay.models.openai.settings import Api, Continuation, OpenAISettings, TokenLimit


class Post(NamedTuple):
    """One HTTP request: a path below the base URL and a JSON body."""

    path: str
    body: dict[str, Any]


def post(settings: OpenAISettings, request: SampleRequest, indices: Sequence[int]) -> Post:
    """Ask for the samples of a request that have these indices, in one stream.

    Temperature and nucleus are always sent: servers take other defaults from a model's own files. The seed
    is that of the first index.
    """
    sampling: dict[str, Any] = {
        "model": settings.model,
        "temperature": request.temperature,
        "top_p": request.top_p,
    }
    if settings.stream:
        sampling["stream"] = True
    if len(indices) > 1:
        sampling["n"] = len(indices)
    if settings.seeded:
        sampling["seed"] = request.seeds[indices[0]]
    if request.stop:
        sampling["stop"] = list(request.stop)
    if settings.usage and settings.stream:
        sampling["stream_options"] = {"include_usage": True}
    if by_completions(settings, request):
        return Post("completions", sampling | _completions(settings, request))
    return Post("chat/completions", sampling | _chat(settings, request))


def by_completions(settings: OpenAISettings, request: SampleRequest) -> bool:
    """Whether a request goes to the completions endpoint."""
    if settings.api is Api.COMPLETIONS:
        return True
    return settings.continuation is Continuation.COMPLETIONS and bool(request.trajectory.text)


def prompt_text(settings: OpenAISettings, request: SampleRequest) -> str:
    """The prompt of the completions endpoint, partial answer included."""
    joined = "\n\n".join(message.content for message in request.trajectory.problem.messages)
    # Not str.format: a prompt about programs is full of braces.
    return settings.template.replace("{prompt}", joined) + request.trajectory.text


def _completions(settings: OpenAISettings, request: SampleRequest) -> dict[str, Any]:
    fields = {"prompt": prompt_text(settings, request), TokenLimit.MAX_TOKENS.value: request.max_tokens}
    # One, not zero: llama.cpp takes zero alternatives to mean no log-probabilities.
    return fields | ({"logprobs": 1} if settings.logprobs else {})


def _chat(settings: OpenAISettings, request: SampleRequest) -> dict[str, Any]:
    messages = [on_the_wire(message) for message in request.trajectory.problem.messages]
    fields: dict[str, Any] = {**settings.fields, "messages": messages, settings.token_limit.value: request.max_tokens}
    partial = request.trajectory.text
    if partial:
        messages.append({"role": "assistant", "content": partial})
        fields |= {"continue_final_message": True, "add_generation_prompt": False}
    return fields | ({"logprobs": True} if settings.logprobs else {})
