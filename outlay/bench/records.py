"""What is kept of a trial, as plain values that survive JSON unchanged."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from outlay.core.cost import Cost


@dataclass(frozen=True, slots=True)
class CandidateRecord:
    """One trajectory that an answer was chosen from.

    Attributes:
        value: its extracted answer.
        score: what the strategy ranked it by.
        correct: whether its value is right; None without a reference.
        tokens: how many tokens were generated for it.
        text: the whole completion.
        whole: whether it is one sample drawn from the bare question, so that candidates are independent.
        vote: position of the first candidate with the same answer, by the task's own rule; None without a value.
    """

    value: str | None
    score: float | None
    correct: bool | None
    tokens: int
    text: str
    whole: bool
    vote: int | None


@dataclass(frozen=True, slots=True)
class PointRecord:
    """From this cost on, this was the answer."""

    value: str | None
    correct: bool | None
    cost: Cost


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """What a finished trial came to.

    Attributes:
        question: the problem's last message.
        value: the answer; None if there is none.
        correct: whether it is right; None without a reference.
        confidence: the strategy's own estimate.
        stopped_by: ``"strategy"``, or the limit that ended it.
        text: the completion that stands for the answer.
        cost: everything the question was charged.
        curve: every change of the answer.
        candidates: what the answer was chosen from.
    """

    question: str
    value: str | None
    correct: bool | None
    confidence: float | None
    stopped_by: str
    text: str
    cost: Cost
    curve: tuple[PointRecord, ...]
    candidates: tuple[CandidateRecord, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "TrialRecord":
        """The record that ``as_dict`` was made from."""
        return cls(
            **{
                **values,
                "cost": Cost(**values["cost"]),
                "curve": tuple(PointRecord(**{**p, "cost": Cost(**p["cost"])}) for p in values["curve"]),
                "candidates": tuple(CandidateRecord(**candidate) for candidate in values["candidates"]),
            }
        )
