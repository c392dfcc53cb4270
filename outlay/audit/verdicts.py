"""One verifier's verdicts on labelled answers, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.core.labelled import LabelledAnswer


@dataclass(frozen=True, slots=True)
class Verdicts:
    """One verifier's verdicts.

    Attributes:
        name: of the verifier.
        scores: (n,) of the answers that it judged.
        right: (n,) their labels.
        problems: (n,) which problem each answers.
        lengths: (n,) of their texts, in characters.
        unknown: answers that it could not judge.
    """

    name: str
    scores: NDArray[np.float64]
    right: NDArray[np.bool_]
    problems: NDArray[np.int64]
    lengths: NDArray[np.float64]
    unknown: int


def verdicts_of(name: str, answers: Sequence[LabelledAnswer]) -> Verdicts:
    """One verifier's verdicts on all answers that name it."""
    numbers = {problem: number for number, problem in enumerate(dict.fromkeys(one.problem for one in answers))}
    asked = [one for one in answers if name in one.scores]
    told = [(one, score) for one in asked if (score := one.scores[name]) is not None]
    return Verdicts(
        name,
        np.array([score for _, score in told], np.float64),
        np.array([one.right for one, _ in told], np.bool_),
        np.array([numbers[one.problem] for one, _ in told], np.int64),
        np.array([one.length for one, _ in told], np.float64),
        len(asked) - len(told),
    )


def names_of(answers: Sequence[LabelledAnswer]) -> list[str]:
    """All verifiers, in the order in which they come up."""
    return list(dict.fromkeys(name for one in answers for name in one.scores))
