"""What is said of a file that it does not say itself."""

from dataclasses import dataclass

from outlay.core.problem import AnswerRule
from outlay.pools.formats.rules import rule_named


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """How a file of samples is read.

    Attributes:
        rule: how answers are read and compared; empty for what the format does by itself.
        task: name of the task, where the file names none.
        model: name of the model, where the file names none.
        scored_by: whose scores these are, in a format that does not say.

    Raises:
        UnknownNameError: for an unknown rule.
    """

    rule: str = ""
    task: str = ""
    model: str = ""
    scored_by: str = "reward_model"

    def __post_init__(self) -> None:
        if self.rule:
            rule_named(self.rule)

    def rule_or(self, usual: str) -> AnswerRule:
        """The rule that was asked for, else the usual one."""
        return rule_named(self.rule or usual)
