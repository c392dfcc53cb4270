"""A question that another tool asks: its messages as they are, and where an answer to it ends."""

from collections.abc import Iterable
from dataclasses import dataclass

from outlay.answering.answer_rules import BeforeStop
from outlay.core.errors import InvalidInputError
from outlay.core.problem import AnswerRule, Message, Problem, Role, StepRule

ROLES: dict[str, Role] = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}


@dataclass(frozen=True, slots=True)
class Question:
    """What a tool asks.

    Attributes:
        messages: the conversation so far; the last message is the user's.
        stop: an answer ends before the first of these strings.
        max_tokens: the worst-case length of an answer; None for what the method says.
    """

    messages: tuple[Message, ...]
    stop: tuple[str, ...] = ()
    max_tokens: int | None = None

    def problem(self, rule: AnswerRule, max_tokens: int, max_step_tokens: int) -> Problem:
        """The question as a problem; steps end with a line.

        Args:
            rule: what the value of an answer is.
            max_tokens: the worst-case length of an answer where the question does not say.
            max_step_tokens: that of a step.
        """
        most = self.max_tokens or max_tokens
        steps = StepRule(max_tokens=most, max_step_tokens=min(max_step_tokens, most))
        return Problem("question", self.messages, BeforeStop(rule, self.stop) if self.stop else rule, steps)


def read_messages(given: Iterable[tuple[str, object]], tool: str) -> tuple[Message, ...]:
    """Messages from a tool's own pairs of role and text.

    Args:
        given: the pairs, first to last.
        tool: who asks, for messages.

    Raises:
        InvalidInputError: if there are none, one is no plain text, has an unknown role, or the last is not the user's.
    """
    messages = tuple(_message(role, content, tool) for role, content in given)
    if not messages or messages[-1].role != "user":
        last = f"it is the {messages[-1].role}'s" if messages else "there is none"
        raise InvalidInputError(f"{tool}: the last message must be the user's, since an answer begins afresh; {last}")
    return messages


def _message(role: str, content: object, tool: str) -> Message:
    if role not in ROLES:
        raise InvalidInputError(f"{tool}: a message of the role {role!r} cannot be asked; known are {', '.join(ROLES)}")
    if not isinstance(content, str):
        raise InvalidInputError(f"{tool}: messages must be plain text; one of the {role} is not")
    return Message(ROLES[role], content)
