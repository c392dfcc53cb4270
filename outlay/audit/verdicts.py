"""Labelled answers with the verdicts of several verifiers: what an audit measures, kept as lines of JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outlay.core.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class LabelledAnswer:
    """One answer whose rightness is known.

    Attributes:
        problem: which problem it answers.
        right: whether it is right.
        length: of its text, in characters.
        scores: what each verifier says, in [0, 1]; None where it cannot tell.
    """

    problem: str
    right: bool
    length: int
    scores: Mapping[str, float | None]


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


def write_answers(path: Path, answers: Sequence[LabelledAnswer]) -> None:
    """Keep labelled answers, one JSON object a line."""
    lines = (
        json.dumps({"problem": one.problem, "right": one.right, "length": one.length, "scores": dict(one.scores)})
        for one in answers
    )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_answers(path: Path) -> list[LabelledAnswer]:
    """Labelled answers from a file.

    Raises:
        InvalidInputError: if it cannot be read or holds a line of another form, naming the first such line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"verdicts: cannot read {path}: {error}") from error
    found = [_answer(f"{path} line {number}", line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not found:
        raise InvalidInputError(f"verdicts: {path} is empty")
    return found


def _answer(where: str, line: str) -> LabelledAnswer:
    form = '{"problem": ..., "right": true or false, "length": ..., "scores": {NAME: 0 to 1 or null}}'
    try:
        entry = json.loads(line)
        scores = {str(name): None if score is None else float(score) for name, score in entry["scores"].items()}
        answer = LabelledAnswer(str(entry["problem"]), entry["right"], int(entry.get("length", 0)), scores)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise InvalidInputError(f"verdicts: {where} is not of the form {form}") from None
    known = [score for score in scores.values() if score is not None]
    if not isinstance(answer.right, bool) or not all(0 <= score <= 1 for score in known):
        raise InvalidInputError(f"verdicts: {where} is not of the form {form}")
    return answer
