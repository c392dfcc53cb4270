"""How alike two texts are, by their words or their letters."""

import re
from collections import Counter
from math import sqrt

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[^\W\d_]+")
_TOKEN = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")
LONGEST_GRAM = 6
RECALL_WEIGHT = 2.0
"""How many times recall counts for precision in chrF, beta in the paper."""


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


def chrf(candidate: str, reference: str) -> float:
    """The F score of a text's letter n-grams against a reference's, in [0, 1]; spaces do not count.

    Precision and recall are means over n from 1 to 6, as far as the longer text has as many letters.
    Source: Popovic 2015, "chrF: character n-gram F-score for automatic MT evaluation", section 2.
    """
    given, wanted = _squeezed(candidate), _squeezed(reference)
    orders = range(1, min(LONGEST_GRAM, max(len(given), len(wanted))) + 1)
    precision, recall = 0.0, 0.0
    for n in orders:
        one, other = _grams(given, n), _grams(wanted, n)
        shared = (one & other).total()
        precision += shared / max(1, one.total())
        recall += shared / max(1, other.total())
    if not precision or not recall:
        return 0.0
    precision, recall, weight = precision / len(orders), recall / len(orders), RECALL_WEIGHT**2
    return (1 + weight) * precision * recall / (weight * precision + recall)


def _grams(text: str, n: int) -> Counter[str]:
    return Counter(text[i : i + n] for i in range(len(text) - n + 1))


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    shared = sum(count * other[word] for word, count in one.items())
    lengths = sqrt(sum(c * c for c in one.values()) * sum(c * c for c in other.values()))
    return min(1.0, shared / lengths) if lengths else 0.0


def _squeezed(text: str) -> str:
    return "".join(text.split())
