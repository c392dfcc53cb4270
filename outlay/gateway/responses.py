"""``/v1/responses``: conversations in the words of OpenAI's newer API, answered as chats are."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from outlay.gateway.asking import validated
from outlay.gateway.chat import answer
from outlay.gateway.chat_request import ChatRequest
from outlay.gateway.endpoint import Exchange
from outlay.gateway.errors import RefusedError
from outlay.gateway.options import Options
from outlay.gateway.response_shape import ResponseShape

ELSEWHERE = frozenset({"background", "conversation", "previous_response_id", "prompt", "truncation", "max_tool_calls"})
"""Fields that need a store of responses, or tools of the server's; not offered unless they say nothing."""
TEXT = frozenset({"input_text", "output_text", "text"})


class ResponseRequest(BaseModel):
    """The body of ``/v1/responses``."""

    model_config = ConfigDict(extra="allow")

    model: str
    input: str | list[dict[str, Any]] = Field(min_length=1)
    instructions: str | None = None
    max_output_tokens: int | None = Field(None, ge=1)
    tools: list[dict[str, Any]] | None = None
    text: dict[str, Any] | None = None
    reasoning: dict[str, Any] | None = None
    outlay: Options = Field(default_factory=Options)


async def responses(exchange: Exchange) -> None:
    """Answer a conversation."""
    request: ResponseRequest = validated(ResponseRequest, exchange.body)
    await answer(exchange, chat_of(request), ResponseShape(exchange.trace, request.model))


def chat_of(request: ResponseRequest) -> ChatRequest:
    """The same request for a chat.

    Raises:
        RefusedError: if some of it cannot be honoured.
    """
    more = {name: value for name, value in (request.model_extra or {}).items() if value not in (None, False, [], {})}
    for name in sorted(ELSEWHERE & set(more)):
        if not (name == "truncation" and more[name] == "disabled"):
            raise RefusedError(400, f"{name} cannot be honoured", code="unsupported_parameter", param=name)
    said = [{"role": "user", "content": request.input}] if isinstance(request.input, str) else []
    told = [{"role": "system", "content": request.instructions}] if request.instructions else []
    items = request.input if isinstance(request.input, list) else []
    fields: dict[str, Any] = {
        **{name: value for name, value in (request.model_extra or {}).items() if value is not None},
        "model": request.model,
        "messages": [*told, *said, *(_message(item, place) for place, item in enumerate(items))],
        "max_completion_tokens": request.max_output_tokens,
        "stream_options": {"include_usage": True},
        "outlay": request.outlay.model_dump(exclude_unset=True),
    }
    if request.tools:
        fields["tools"] = [_tool(tool) for tool in request.tools]
    choice = fields.get("tool_choice")
    if isinstance(choice, dict) and "name" in choice:
        fields["tool_choice"] = {"type": "function", "function": {"name": choice["name"]}}
    form = (request.text or {}).get("format")
    if isinstance(form, dict) and form.get("type") != "text":
        inner = {name: value for name, value in form.items() if name != "type"}
        fields["response_format"] = {"type": form.get("type"), **({"json_schema": inner} if inner else {})}
    if (request.reasoning or {}).get("effort"):
        fields["reasoning_effort"] = (request.reasoning or {})["effort"]
    found: ChatRequest = validated(ChatRequest, fields)
    return found


def _message(item: dict[str, Any], place: int) -> dict[str, Any]:
    kind = item.get("type", "message")
    if kind == "message":
        content = item.get("content")
        if isinstance(content, list):
            parts = [part for part in content if isinstance(part, dict) and part.get("type") in TEXT]
            if len(parts) < len(content):
                raise RefusedError(400, "only parts of text are offered", param=f"input.{place}.content")
            content = "\n".join(str(part.get("text", "")) for part in parts)
        return {"role": item.get("role", "user"), "content": content}
    if kind == "function_call":
        function = {"name": item.get("name"), "arguments": item.get("arguments")}
        call = {"id": item.get("call_id"), "type": "function", "function": function}
        return {"role": "assistant", "content": None, "tool_calls": [call]}
    if kind == "function_call_output":
        return {"role": "tool", "tool_call_id": item.get("call_id"), "content": item.get("output")}
    raise RefusedError(400, f"an item of the type {kind!r} cannot be honoured", param=f"input.{place}.type")


def _tool(tool: dict[str, Any]) -> dict[str, Any]:
    if tool.get("type") != "function":
        kind = tool.get("type")
        raise RefusedError(400, f"a tool of the type {kind!r} cannot be honoured; functions can", param="tools")
    return {"type": "function", "function": {name: value for name, value in tool.items() if name != "type"}}
