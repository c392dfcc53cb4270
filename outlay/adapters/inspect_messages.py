"""Inspect's messages as ours, and our answers as its output."""

from collections.abc import Sequence

from outlay.adapters.inspect_usage import usage_fields
from outlay.answering.answerer import KEY, Reply
from outlay.answering.question import Question, read_messages
from outlay.core.errors import InvalidInputError, MissingExtraError
from outlay.core.problem import Message

try:
    from inspect_ai.model import (
        ChatMessage,
        ChatMessageAssistant,
        ChatMessageSystem,
        ChatMessageUser,
        GenerateConfig,
        ModelOutput,
        ModelUsage,
    )
except ImportError:
    raise MissingExtraError("Outlay in Inspect", "inspect") from None

TOOL = "Inspect"
_KINDS = {"system": ChatMessageSystem, "user": ChatMessageUser, "assistant": ChatMessageAssistant}


def question_of(messages: Sequence[ChatMessage], config: GenerateConfig) -> Question:
    """The question that a sample's messages ask.

    Raises:
        InvalidInputError: if one holds more than text, calls a tool, or the last is not the user's.
    """
    read = read_messages([(message.role, _text(message)) for message in messages], TOOL)
    return Question(read, tuple(config.stop_seqs or ()), config.max_tokens)


def to_inspect(messages: Sequence[Message]) -> list[ChatMessage]:
    """Our messages as Inspect's."""
    return [_KINDS[message.role](content=message.content) for message in messages]


def output_of(reply: Reply, model: str) -> ModelOutput:
    """An answer as Inspect's output; its usage is everything that was paid, and its metadata says how it came about."""
    output = ModelOutput.from_content(model, reply.text, "stop" if reply.answered else "unknown")
    output.usage = ModelUsage(**usage_fields(reply.cost))
    output.time = reply.cost.seconds
    output.metadata = {KEY: reply.account}
    return output


def _text(message: ChatMessage) -> str:
    if isinstance(message.content, str):
        return message.content
    other = {part.type for part in message.content} - {"text", "reasoning"}
    if other:
        raise InvalidInputError(f"{TOOL}: messages must be plain text; one holds {', '.join(sorted(other))}")
    return str(message.text)
