"""Chat completions in the words of OpenAI's Responses API, whole and as its events."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from outlay.answering.answerer import KEY
from outlay.gateway.shape import Event


@dataclass(slots=True)
class ResponseShape:
    """One response.

    Attributes:
        trace: the request's id.
        model: what the request called it.
    """

    trace: str
    model: str
    done: bool = False
    _created: int = field(default_factory=lambda: int(time.time()))
    _said: list[str] = field(default_factory=list)
    _calls: dict[int, dict[str, Any]] = field(default_factory=dict)
    _usage: dict[str, Any] | None = None
    _account: dict[str, Any] | None = None
    _reason: str = "stop"
    _number: int = -1
    _begun: bool = False
    _speaking: bool = False

    def whole(self, completion: dict[str, Any]) -> dict[str, Any]:
        """The response."""
        choice = completion["choices"][0]
        message = choice["message"]
        self._said = [message.get("content") or message.get("refusal") or ""]
        self._calls = dict(enumerate(message.get("tool_calls") or ()))
        self._usage, self._account, self._reason = completion["usage"], completion[KEY], choice["finish_reason"]
        return self._response(self._status)

    def events(self, chunk: dict[str, Any]) -> Iterator[Event]:
        """What is new, as events."""
        if not self._begun:
            self._begun = True
            for name in ("created", "in_progress"):
                yield self._event(f"response.{name}", response=self._response("in_progress"))
        self._usage = chunk.get("usage") or self._usage
        self._account = chunk.get(KEY) or self._account
        for choice in chunk["choices"]:
            delta = choice["delta"]
            yield from self._say(delta.get("content") or delta.get("refusal") or "")
            for piece in delta.get("tool_calls") or ():
                self._take(piece)
            self._reason = choice["finish_reason"] or self._reason

    def end(self) -> Iterator[Event]:
        """What closes each item, and the whole response."""
        if self._speaking:
            place: dict[str, Any] = {"item_id": f"msg_{self.trace}", "output_index": 0, "content_index": 0}
            yield self._event("response.output_text.done", **place, text="".join(self._said), logprobs=[])
            yield self._event("response.content_part.done", **place, part=self._part)
            yield self._event("response.output_item.done", output_index=0, item=self._message)
        for index, item in enumerate(self._call_items, start=int(self._speaking)):
            blank = {**item, "arguments": "", "status": "in_progress"}
            yield self._event("response.output_item.added", output_index=index, item=blank)
            place = {"item_id": item["id"], "output_index": index}
            yield self._event("response.function_call_arguments.delta", **place, delta=item["arguments"])
            finished = {"arguments": item["arguments"], "name": item["name"]}
            yield self._event("response.function_call_arguments.done", **place, **finished)
            yield self._event("response.output_item.done", output_index=index, item=item)
        yield self._event(f"response.{self._status}", response=self._response(self._status))

    @property
    def _status(self) -> str:
        return "incomplete" if self._reason == "length" else "completed"

    @property
    def _part(self) -> dict[str, Any]:
        return {"type": "output_text", "text": "".join(self._said), "annotations": [], "logprobs": []}

    @property
    def _message(self) -> dict[str, Any]:
        name = {"id": f"msg_{self.trace}", "type": "message", "role": "assistant", "status": "completed"}
        return {**name, "content": [self._part]}

    @property
    def _call_items(self) -> list[dict[str, Any]]:
        return [
            {
                "id": f"fc_{self.trace}_{index}",
                "type": "function_call",
                "call_id": call.get("id") or f"call_{self.trace}_{index}",
                "name": call["function"]["name"],
                "arguments": call["function"]["arguments"],
                "status": "completed",
            }
            for index, call in sorted(self._calls.items())
        ]

    def _say(self, text: str) -> Iterator[Event]:
        if not text:
            return
        place: dict[str, Any] = {"item_id": f"msg_{self.trace}", "output_index": 0, "content_index": 0}
        if not self._speaking:
            self._speaking = True
            item = {**self._message, "status": "in_progress", "content": []}
            yield self._event("response.output_item.added", output_index=0, item=item)
            yield self._event("response.content_part.added", **place, part=self._part)
        self._said.append(text)
        yield self._event("response.output_text.delta", **place, delta=text, logprobs=[])

    def _take(self, piece: dict[str, Any]) -> None:
        index, function = piece.get("index", 0), piece.get("function") or {}
        call = self._calls.setdefault(index, {"id": None, "function": {"name": "", "arguments": ""}})
        call["id"] = piece.get("id") or call["id"]
        for name in ("name", "arguments"):
            call["function"][name] += function.get(name) or ""

    def _event(self, kind: str, /, **fields: Any) -> Event:
        self._number += 1
        return kind, {"type": kind, "sequence_number": self._number, **fields}

    def _response(self, status: str) -> dict[str, Any]:
        over = status != "in_progress"
        said = [self._message] if over and "".join(self._said) else []
        short = {"reason": "max_output_tokens"} if status == "incomplete" else None
        return {
            "id": f"resp_{self.trace}",
            "object": "response",
            "created_at": self._created,
            "status": status,
            "model": self.model,
            "output": [*said, *self._call_items] if over else [],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "error": None,
            "incomplete_details": short,
            "instructions": None,
            "metadata": {},
            "usage": _usage(self._usage) if over and self._usage else None,
            **({KEY: self._account} if over and self._account else {}),
        }


def _usage(usage: dict[str, Any]) -> dict[str, Any]:
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens", 0)
    return {
        "input_tokens": usage["prompt_tokens"],
        "input_tokens_details": {"cached_tokens": cached},
        "output_tokens": usage["completion_tokens"],
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage["total_tokens"],
    }
