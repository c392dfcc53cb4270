"""What is received: one event of a stream, read into values whose types are known."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from outlay.wire.failures import AttemptFailedError

_REASONING = ("reasoning_content", "reasoning")
_MATCHED = ("stop_reason", "matched_stop")
"""Where vLLM and SGLang name the stop string that ended a choice."""


@dataclass(frozen=True, slots=True)
class Usage:
    """A server's own count of tokens.

    Attributes:
        prompt: all prompt tokens, cached ones included.
        cached: those of them that came from a cache.
        completion: generated tokens of all choices.
    """

    prompt: int
    cached: int
    completion: int


@dataclass(frozen=True, slots=True)
class Delta:
    """What one event adds to one choice.

    Attributes:
        index: which choice.
        text: new text of the answer.
        thought: whether it brought hidden reasoning instead, which is paid for but is not part of the answer.
        logprobs: of the new tokens, in nats; None where the server gave none.
        finish_reason: why the choice ended; None while it goes on.
        names_stop: whether the server says which stop string ended a choice.
        stop: that string; None if the model ended by itself, or if the server does not say.
        calls: pieces of the calls of tools that the model asks for.
    """

    index: int
    text: str
    thought: bool
    logprobs: tuple[float, ...] | None
    finish_reason: str | None
    names_stop: bool
    stop: str | None
    calls: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """One event: what it adds to choices, the usage where it has one, and the error that a server reports."""

    deltas: tuple[Delta, ...] = ()
    usage: Usage | None = None
    error: object | None = None


def read(data: str) -> Chunk:
    """The event with this data.

    Raises:
        AttemptFailedError: if it is not a chunk of the OpenAI protocol.
    """
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise _malformed("an event is not JSON", data) from None
    if not isinstance(value, dict):
        raise _malformed("an event is not a JSON object", data)
    if value.get("error"):
        return Chunk(error=value["error"])
    choices = value.get("choices") or []
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        raise _malformed("choices is not a list of objects", data)
    return Chunk(tuple(_delta(choice, data) for choice in choices), _usage(value.get("usage"), data))


def _delta(choice: dict[str, Any], data: str) -> Delta:
    index, reason = choice.get("index", 0), choice.get("finish_reason")
    # A reply that comes whole has a message where a stream has deltas.
    change = choice.get("delta") or choice.get("message") or {}
    if not isinstance(change, dict):
        raise _malformed("delta or message is not an object", data)
    # Chat replies hold their text there, completions beside it.
    text = change.get("content", choice.get("text")) or ""
    if not (_is_count(index) and isinstance(text, str) and isinstance(reason, str | None)):
        raise _malformed("a choice has an index, text or finish_reason of the wrong type", data)
    named = [choice[name] for name in _MATCHED if name in choice]
    stop = next((name for name in named if isinstance(name, str)), None)
    return Delta(
        index, text, any(change.get(name) for name in _REASONING), _logprobs(choice.get("logprobs"), data),
        reason, bool(named), stop, _calls(change.get("tool_calls"), data),
    )  # fmt: skip


def _calls(value: object, data: str) -> tuple[Mapping[str, Any], ...]:
    if not value:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise _malformed("tool_calls is not a list of objects", data)
    # A reply that comes whole has its calls in order, without an index.
    return tuple({"index": i, **one} for i, one in enumerate(value))


def _logprobs(value: object, data: str) -> tuple[float, ...] | None:
    if not value:
        return None
    if not isinstance(value, dict):
        raise _malformed("logprobs is not an object", data)
    found = value.get("token_logprobs")
    if found is None:
        content = value.get("content") or []
        found = [token.get("logprob") if isinstance(token, dict) else None for token in content]
    if not isinstance(found, list) or not all(
        isinstance(number, int | float) and not math.isnan(number) for number in found
    ):
        raise _malformed("a log-probability is not a number", data)
    return tuple(float(number) for number in found)


def _usage(value: object, data: str) -> Usage | None:
    if not isinstance(value, dict):
        return None
    prompt, completion = value.get("prompt_tokens", 0), value.get("completion_tokens", 0)
    details = value.get("prompt_tokens_details")
    cached = (details.get("cached_tokens") or 0) if isinstance(details, dict) else 0
    if not (_is_count(prompt) and _is_count(completion) and _is_count(cached)):
        raise _malformed("a token count is not a whole number", data)
    return Usage(prompt, min(cached, prompt), completion)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _malformed(what: str, data: str) -> AttemptFailedError:
    shown = data if len(data) <= 80 else f"{data[:80]} ..."
    return AttemptFailedError(f"{what}: {shown!r}", malformed=True)
