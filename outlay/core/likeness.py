"""How alike two texts are, by their words."""

import re
from collections import Counter
from math import sqrt

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[^\W\d_]+")
_TOKEN = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")


def cosine(first: str, second: str) -> float:
    """The cosine of two texts' counts of words and numbers, in [0, 1]; 0 if either has none."""
    return _cosine(Counter(_TOKEN.findall(first.lower())), Counter(_TOKEN.findall(second.lower())))


def word_likeness(first: str, second: str) -> float:
    """The cosine of two texts' word counts, in [0, 1]; 0 if their numbers differ, however alike the words are."""
    if Counter(_NUMBER.findall(first)) != Counter(_NUMBER.findall(second)):
        return 0.0
    one, other = (Counter(_WORD.findall(text.lower())) for text in (first, second))
    if not one or not other:
        return float(one == other and _squeezed(first) == _squeezed(second))
    return _cosine(one, other)


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    shared = sum(count * other[word] for word, count in one.items())
    lengths = sqrt(sum(c * c for c in one.values()) * sum(c * c for c in other.values()))
    return min(1.0, shared / lengths) if lengths else 0.0


def _squeezed(text: str) -> str:
    return "".join(text.split())
