"""Answers in the shape of OpenAI's chat completions, whole and in the chunks of a stream."""

import secrets
import time
from collections.abc import Iterator, Sequence
from typing import Any

from outlay.answering.answerer import KEY, Reply
from outlay.core.cost import Cost
from outlay.core.trajectory import Finish
from outlay.gateway.asking import Work
from outlay.models.openai.tool_calls import read_calls

DECLINED = "The strategy has an answer that it is not sure enough of to give."


def usage_of(cost: Cost) -> dict[str, Any]:
    """Everything that was paid; cached tokens are among the prompt's, and the verifier's in the total alone."""
    prompt = cost.prompt_tokens + cost.cached_tokens
    return {
        "prompt_tokens": prompt,
        "completion_tokens": cost.completion_tokens,
        "total_tokens": prompt + cost.completion_tokens + cost.verifier_tokens,
        "prompt_tokens_details": {"cached_tokens": cost.cached_tokens},
    }


def account_of(work: Work, replies: Sequence[Reply], cost: Cost, trace: str, candidates: bool) -> dict[str, Any]:
    """The reply's ``outlay`` object: how the answers came about."""
    answers = [_answer_account(reply, candidates) for reply in replies]
    first = answers[0] if answers else {}
    return {
        "trace": trace,
        "strategy": work.choice.told,
        "policy": work.choice.policy or None,
        "verifier": work.choice.verifier or None,
        "budget": str(work.budget),
        "cost": cost.as_dict(),
        **first,
        **({"answers": answers} if len(answers) > 1 else {}),
        "ignored": list(work.ignored),
    }


class Completion:
    """One chat completion on its way out.

    Args:
        model: what the request called it.
        trace: the request's id.
    """

    def __init__(self, model: str, trace: str) -> None:
        self._name = {"id": f"chatcmpl-{trace}", "created": int(time.time()), "model": model}

    def whole(self, replies: Sequence[Reply], cost: Cost, account: dict[str, Any]) -> dict[str, Any]:
        """The body of a reply that comes whole."""
        return {
            **self._name,
            "object": "chat.completion",
            "choices": [
                {"index": index, "message": _message(reply), "logprobs": None, "finish_reason": _reason(reply)}
                for index, reply in enumerate(replies)
            ],
            "usage": usage_of(cost),
            KEY: account,
        }

    def chunk(self, delta: dict[str, Any], index: int = 0, reason: str | None = None, **more: Any) -> dict[str, Any]:
        """One chunk that adds to one answer."""
        choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": reason}
        return {**self._name, "object": "chat.completion.chunk", "choices": [choice], **more}

    def last(self, cost: Cost) -> dict[str, Any]:
        """The chunk with the usage."""
        return {**self._name, "object": "chat.completion.chunk", "choices": [], "usage": usage_of(cost)}

    def chunks(self, replies: Sequence[Reply], account: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The chunks of answers that are decided; the very last has the account."""
        for index, reply in enumerate(replies):
            message = _message(reply)
            for position, call in enumerate(message.get("tool_calls", ())):
                call["index"] = position
            yield self.chunk(message, index)
            more = {KEY: account} if index == len(replies) - 1 else {}
            yield self.chunk({}, index, _reason(reply), **more)


def _message(reply: Reply) -> dict[str, Any]:
    said, calls = read_calls(reply.text)
    message: dict[str, Any] = {"role": "assistant", "content": said, "refusal": None}
    if reply.account.get("declined"):
        return {**message, "content": None, "refusal": DECLINED}
    if not calls:
        return message
    listed = [
        {
            "id": f"call_{secrets.token_hex(12)}",
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for call in calls
    ]
    return {**message, "content": said or None, "tool_calls": listed}


def _reason(reply: Reply) -> str:
    if read_calls(reply.text)[1]:
        return "tool_calls"
    return "length" if reply.finish is Finish.LENGTH else "stop"


def _answer_account(reply: Reply, candidates: bool) -> dict[str, Any]:
    wanted = {"value", "confidence", "stopped_by", "declined", *(["candidates"] if candidates else ())}
    return {name: value for name, value in reply.account.items() if name in wanted}
