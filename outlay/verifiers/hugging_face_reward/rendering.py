"""An answer as a network reads it: the tokens of question and answer, and the places whose outputs are scores."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateError

from outlay.core.problem import Problem
from outlay.core.trajectory import Trajectory
from outlay.verifiers.hugging_face_reward.pieces import common_length
from outlay.verifiers.marked_steps import MarkedSteps, holds_separator, mark_steps

_PLACEHOLDER = "\ue000"
"""A character for private use, which no template has."""


class UnreadableError(Exception):
    """An answer that cannot be shown to the model; there is no verdict on it."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The text of an answer in tokens.

    Attributes:
        ids: all tokens, those of the chat template included.
        question: the first of them, which every answer to the question shares.
        places: whose outputs are wanted, one for each step that is not blank, or one in all.
        steps: how the scores belong to steps; None if the whole is scored.
    """

    ids: tuple[int, ...]
    question: tuple[int, ...]
    places: tuple[int, ...]
    steps: MarkedSteps | None


@dataclass(frozen=True, slots=True)
class Renderer:
    """Makes tokens of answers.

    Attributes:
        tokenizer: a fast tokenizer of ``transformers``.
        chat: apply its chat template.
        separator: after every step; None if the whole is scored, at ``last``.
        join: between a separator and the next step.
        last: the place that judges a whole text.
        context: the most tokens of one text.
    """

    tokenizer: Any
    chat: bool
    separator: str | None
    join: str
    last: Callable[[Sequence[int]], int]
    context: int

    def render(self, problem: Problem, one: Trajectory) -> Rendered:
        """The tokens of an answer.

        Raises:
            UnreadableError: if there is no text, if the answer holds words that only the template may write, or if it
                is too long.
        """
        self._check(problem, one)
        steps = None if self.separator is None else mark_steps(one, self.separator, self.join)
        answer = steps.text if steps else one.text
        text, start = self._around(problem, answer)
        encoded = self.tokenizer(text, add_special_tokens=not self.chat, return_offsets_mapping=True)
        ids, offsets = tuple(encoded["input_ids"]), encoded["offset_mapping"]
        if len(ids) > self.context:
            raise UnreadableError(f"the text has {len(ids)} tokens; the model reads {self.context}")
        question = next((at for at, (_, end) in enumerate(offsets) if end > start), len(ids))
        if steps is None:
            return Rendered(ids, ids[:question], (self.last(ids),), None)
        body = answer.lstrip()
        # Some chat templates strip the answer at its end.
        shown = common_length(text[start:], body)
        ends = [start + min(end - len(answer) + len(body), shown) for end in steps.ends]
        return Rendered(ids, ids[:question], tuple(_ending(offsets, ends)), steps)

    def _check(self, problem: Problem, one: Trajectory) -> None:
        text = one.text
        if not text.strip():
            raise UnreadableError("there is no text to judge")
        if self.separator and self.separator.strip() and holds_separator(problem, one, self.separator):
            raise UnreadableError(f"question or answer hold the separator {self.separator!r} themselves")
        written = next((token for token in self.tokenizer.all_special_tokens if token in text), None)
        if written is not None:
            raise UnreadableError(f"the answer holds {written!r}, which only the model's template may write")

    def _around(self, problem: Problem, answer: str) -> tuple[str, int]:
        """The whole text, and where in it the answer begins, without white space before it."""
        if not self.chat:
            question = "\n\n".join(message.content for message in problem.messages) + "\n\n"
            return question + answer, len(question) + len(answer) - len(answer.lstrip())
        # A short answer may stand elsewhere in the template too: where it begins is told by one that cannot.
        start = self._templated(problem, _PLACEHOLDER).find(_PLACEHOLDER)
        text = self._templated(problem, answer)
        if start < 0 or not text.startswith(answer.strip(), start):
            raise UnreadableError("the chat template changes the answer; set chat=false")
        return text, start

    def _templated(self, problem: Problem, answer: str) -> str:
        messages = [{"role": message.role, "content": message.content} for message in problem.messages]
        talk = [*messages, {"role": "assistant", "content": answer}]
        try:
            text: str = self.tokenizer.apply_chat_template(talk, tokenize=False)
        except (TemplateError, ValueError) as error:
            raise UnreadableError(f"the chat template refuses this conversation: {error}") from error
        return text


def _ending(offsets: Sequence[tuple[int, int]], ends: Sequence[int]) -> list[int]:
    """For each position in the text the last token that begins before it; both rise."""
    places: list[int] = []
    at = 0
    for end in ends:
        for place in range(at, len(offsets)):
            first, after = offsets[place]
            # Special tokens that the tokenizer adds by itself stand for no text.
            if after > first:
                if first >= end:
                    break
                at = place
        places.append(at)
    return places
