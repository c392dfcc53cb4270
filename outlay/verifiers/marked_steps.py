"""An answer as process reward models read it: a separator after every step, where the step's score stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from outlay.core.problem import Problem
from outlay.core.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class MarkedSteps:
    """An answer with separators.

    Attributes:
        text: the answer with its separators.
        ends: the position in the text right after each separator, in characters.
        marks: for each step which separator's score is its own; a blank step has that of the step before.
    """

    text: str
    ends: tuple[int, ...]
    marks: tuple[int, ...]

    def step_scores(self, scores: Sequence[float]) -> tuple[float, ...]:
        """One score for each step from those at the separators."""
        return tuple(scores[mark] for mark in self.marks)


def mark_steps(answer: Trajectory, separator: str, join: str = "") -> MarkedSteps:
    """Put a separator after every step of an answer that is not blank.

    An answer that goes on has the text of the shorter one at its beginning.

    Args:
        answer: partial or finished.
        separator: takes the place of the white space that ends a step; with ``""`` the text stays as it is.
        join: what stands between a separator and the next step.
    """
    parts = [part for step in answer.steps for part in answer.problem.step_rule.split(step.text)]
    text = ""
    ends: list[int] = []
    marks: list[int] = []
    for part in parts:
        if not separator:
            text += part
        elif part.strip():
            text += (join if ends else "") + part.rstrip() + separator
        if part.strip():
            ends.append(len(text))
        marks.append(max(len(ends) - 1, 0))
    return MarkedSteps(text, tuple(ends), tuple(marks))


def holds_separator(problem: Problem, answer: Trajectory, separator: str) -> bool:
    """Whether question or answer hold the separator themselves, so that its scores could not be told apart."""
    texts = (*(message.content for message in problem.messages), answer.text)
    return bool(separator) and any(separator in text for text in texts)
