"""lm-eval's requests as questions: a text or, under a chat template, the messages themselves."""

import json
from collections.abc import Mapping, Sequence

from outlay.answering.question import Question, read_messages
from outlay.core.errors import InvalidInputError

TOOL = "lm-eval"
CHAT = "outlay-chat:"
"""How a context that holds messages begins. Whoever asks without a chat template asks with plain text."""


def write_chat(messages: Sequence[Mapping[str, str]]) -> str:
    """Messages as the text that lm-eval keeps of them."""
    return CHAT + json.dumps([[message["role"], message["content"]] for message in messages], ensure_ascii=False)


def question_of(context: str, settings: Mapping[str, object]) -> Question:
    """The question of a request.

    Args:
        context: a plain text, or what ``write_chat`` made.
        settings: the task's ``generation_kwargs``; ``until`` and ``max_gen_toks`` are kept.

    Raises:
        InvalidInputError: if a setting has the wrong type, or the last message is not the user's.
    """
    given = json.loads(context.removeprefix(CHAT)) if context.startswith(CHAT) else [("user", context)]
    until = settings.get("until") or []
    stop = [until] if isinstance(until, str) else until
    if not isinstance(stop, list) or not all(isinstance(one, str) for one in stop):
        raise InvalidInputError(f"{TOOL}: until must be a text or a list of texts; got {until!r}")
    most = settings.get("max_gen_toks")
    if isinstance(most, bool) or not isinstance(most, int | None) or (most is not None and most < 1):
        raise InvalidInputError(f"{TOOL}: max_gen_toks must be a whole number, 1 or above; got {most!r}")
    return Question(read_messages(given, TOOL), tuple(filter(None, stop)), most)


def read_arguments(text: str) -> dict[str, str]:
    """``name=value`` pairs at the commas that stand outside of brackets.

    Raises:
        InvalidInputError: if a part is no such pair.
    """
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += character
    found = {}
    for part in filter(str.strip, parts):
        name, equals, value = part.partition("=")
        if not equals:
            raise InvalidInputError(f"{TOOL}: model_args: {part.strip()!r} is not of the form name=value")
        found[name.strip()] = value.strip()
    return found
