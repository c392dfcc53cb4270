"""One request of the chat endpoint, as each contender words it, read into what the server's model has to do."""

import math
from dataclasses import dataclass
from typing import Any

from benchmarks.orchestration.text import SEPARATOR, steps_written


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted.

    Attributes:
        question: the first user message, by which questions are told apart.
        depth: steps that are already written.
        rating: whether an answer is to be rated instead of written.
        one_step: whether the end of a step is the end of the sample.
        samples: how many.
        max_tokens: the most tokens of each.
        stream: whether tokens are sent one by one.
        usage: whether a stream ends with a count of tokens.
    """

    question: str
    depth: int
    rating: bool
    one_step: bool
    samples: int
    max_tokens: float
    stream: bool
    usage: bool


def read(body: dict[str, Any]) -> Asked:
    """Read a request: a partial answer is an assistant message at the end, a rating is asked for after one."""
    messages = body["messages"]
    partial = messages[-1]["content"] if messages[-1]["role"] == "assistant" else ""
    stop = body.get("stop") or []
    return Asked(
        question=next(message["content"] for message in messages if message["role"] == "user"),
        depth=steps_written(partial),
        rating=not partial and any(message["role"] == "assistant" for message in messages),
        one_step=SEPARATOR in ([stop] if isinstance(stop, str) else stop),
        samples=body.get("n") or 1,
        max_tokens=body.get("max_tokens") or body.get("max_completion_tokens") or math.inf,
        stream=bool(body.get("stream")),
        usage=bool((body.get("stream_options") or {}).get("include_usage")),
    )
