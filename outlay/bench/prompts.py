"""Questions put in other words: a template around a task's own prompt."""

from dataclasses import replace

from outlay.core.errors import InvalidInputError
from outlay.core.problem import Problem

QUESTION = "{question}"
"""Where a template has the task's own prompt; alone, it is the template that changes nothing."""


def read_prompt(given: object) -> str:
    """A template.

    Raises:
        InvalidInputError: if it has no place for the question.
    """
    if isinstance(given, str) and QUESTION in given:
        return given
    raise InvalidInputError(f'prompt must be a text with {QUESTION} in it, as in "think step by step. {QUESTION}"; '
                            f"got {given!r}")  # fmt: skip


def prompted(problem: Problem, prompt: str) -> Problem:
    """The same problem with its last message in a template."""
    *before, last = problem.messages
    return replace(problem, messages=(*before, replace(last, content=prompt.replace(QUESTION, last.content))))
