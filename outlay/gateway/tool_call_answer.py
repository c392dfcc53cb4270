"""The value of an answer that calls tools: what it calls, and with what."""

from dataclasses import dataclass

from outlay.core.problem import AnswerRule
from outlay.models.openai.tool_calls import read_calls


@dataclass(frozen=True, slots=True)
class ToolCallAnswer:
    """Calls where an answer has any, so that votes are for names and arguments; else what another rule reads.

    Attributes:
        rule: for answers without calls.
    """

    rule: AnswerRule

    def extract(self, text: str) -> str | None:
        """The calls in an order of their own, or the other rule's value."""
        said, calls = read_calls(text)
        return "\n".join(sorted(call.key for call in calls)) if calls else self.rule.extract(said)

    def equal(self, first: str, second: str) -> bool:
        """Whether two values are the same calls, or the same by the other rule."""
        return first == second or self.rule.equal(first, second)
