"""From texts to votes and marks: the answers of a problem's samples, which of them agree, and which are right."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outlay.core.problem import AnswerRule, KeyedAnswerRule
from outlay.pools.problem_samples import ProblemSamples
from outlay.pools.votes import NO_VOTE, votes
from outlay.verifiers.maths.judge import MathsJudge


@dataclass(frozen=True, slots=True)
class Ungraded:
    """The samples of one problem as a file tells of them; what it does not tell is still to be found.

    Attributes:
        samples: with their values, and with votes and marks where the file has them.
        rule: how answers compare.
    """

    samples: ProblemSamples
    rule: AnswerRule


def values_of(texts: Sequence[str | None], rule: AnswerRule) -> list[str | None]:
    """The answer that each text holds; None where it holds none, or where there is no text."""
    return [None if text is None else rule.extract(text) for text in texts]


def votes_by(rule: AnswerRule, values: Sequence[str | None]) -> NDArray[np.int64]:
    """(n,): for each value the index of the first that is the same answer by a rule, -1 where there is none."""
    if not isinstance(rule, KeyedAnswerRule):
        return votes(values, rule.equal)
    first: dict[Hashable, int] = {}
    known: dict[str | None, int] = {None: NO_VOTE}
    for index, value in enumerate(values):
        if value not in known and value is not None:
            known[value] = first.setdefault(rule.key(value), index)
    return np.array([known[value] for value in values], np.int64)


async def graded(ungraded: Ungraded, judge: MathsJudge | None = None) -> ProblemSamples:
    """The samples with votes and marks. A mark of the file stays; what nobody can tell has none.

    Args:
        ungraded: the samples, with their values.
        judge: compares with the reference as mathematics; without one the answer rule does.

    Raises:
        VerifierError: if the judge cannot be started.
    """
    samples, rule = ungraded.samples, ungraded.rule
    values: Sequence[str | None] = [None] * len(samples) if samples.value is None else samples.value
    vote = votes_by(rule, values) if samples.vote is None else samples.vote
    marks = np.full(len(samples), math.nan) if samples.correct is None else samples.correct.copy()
    if samples.reference is not None:
        texts = samples.text or values
        right = rule.extract(samples.reference) or samples.reference
        marked: dict[str, float] = {}
        for index in np.flatnonzero(np.isnan(marks)).tolist():
            value = values[index]
            if value is None:
                # A text without an answer is wrong; of a sample without a text nothing is known.
                marks[index] = math.nan if texts[index] is None else 0.0
                continue
            if value not in marked:
                marked[value] = await _mark(right, value, rule, judge)
            marks[index] = marked[value]
    known = None if np.isnan(marks).all() else marks
    return replace(samples, value=values, vote=vote, correct=known)


async def _mark(reference: str, value: str, rule: AnswerRule, judge: MathsJudge | None) -> float:
    """1 for a value that is right, 0 for one that is not, NaN where the judge cannot tell."""
    if judge is None:
        return float(rule.equal(value, reference))
    passed = (await judge.judge(reference, value)).passed
    return math.nan if passed is None else float(passed)
