"""Whether two texts say the same: by their words, or by the word of a model."""

import re
from collections import Counter
from math import sqrt

from outlay.core import phrases
from outlay.core.dialogue import believe
from outlay.core.problem import Problem
from outlay.core.run import Run

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[^\W\d_]+")


def word_likeness(first: str, second: str) -> float:
    """The cosine of two texts' word counts, in [0, 1]; 0 if their numbers differ, however alike the words are."""
    if Counter(_NUMBER.findall(first)) != Counter(_NUMBER.findall(second)):
        return 0.0
    one, other = (Counter(_WORD.findall(text.lower())) for text in (first, second))
    if not one or not other:
        return float(one == other and _squeezed(first) == _squeezed(second))
    shared = sum(count * other[word] for word, count in one.items())
    return min(1.0, shared / sqrt(sum(c * c for c in one.values()) * sum(c * c for c in other.values())))


async def said_the_same(run: Run, problem: Problem, first: str, second: str) -> float | None:
    """The probability, by the model's word, that two answers say the same; None if it does not say."""
    question = f"{phrases.FIRST_ANSWER} {first.strip()}\n{phrases.SECOND_ANSWER} {second.strip()}\n{phrases.SAME}"
    return await believe(run, problem, None, question)


def _squeezed(text: str) -> str:
    return "".join(text.split())
