"""Labelled answers with what was said of them, as lines of JSON: what verifiers are measured and calibrated on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from outlay.core.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class LabelledAnswer:
    """One answer, what is true of it and what is said of it.

    Attributes:
        problem: which problem it answers.
        right: whether it is right; None where that is not known.
        length: of its text, in characters.
        scores: what each verifier says, in [0, 1]; None where it cannot tell.
    """

    problem: str
    right: bool | None
    length: int
    scores: Mapping[str, float | None]

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON; the constructor takes them back."""
        return {"problem": self.problem, "right": self.right, "length": self.length, "scores": dict(self.scores)}


def write_answers(path: Path, answers: Sequence[LabelledAnswer]) -> None:
    """Keep labelled answers, one JSON object a line."""
    path.write_text("".join(f"{json.dumps(one.as_dict())}\n" for one in answers), encoding="utf-8")


def read_answers(path: Path, labelled: bool = True) -> list[LabelledAnswer]:
    """Answers from a file.

    Args:
        path: the file.
        labelled: whether every line must say who is right.

    Raises:
        InvalidInputError: if it cannot be read or holds a line of another form, naming the first such line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"answers: cannot read {path}: {error}") from error
    found = [
        _answer(f"{path} line {number}", line, labelled) for number, line in enumerate(lines, start=1) if line.strip()
    ]
    if not found:
        raise InvalidInputError(f"answers: {path} is empty")
    return found


def _answer(where: str, line: str, labelled: bool) -> LabelledAnswer:
    form = '{"problem": ..., "right": true or false, "length": ..., "scores": {NAME: 0 to 1 or null}}'
    try:
        entry = json.loads(line)
        scores = {str(name): None if score is None else float(score) for name, score in entry["scores"].items()}
        answer = LabelledAnswer(str(entry["problem"]), entry.get("right"), int(entry.get("length", 0)), scores)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise InvalidInputError(f"answers: {where} is not of the form {form}") from None
    known = [score for score in scores.values() if score is not None]
    allowed = bool if labelled else bool | None
    if not isinstance(answer.right, allowed) or not all(0 <= score <= 1 for score in known):
        raise InvalidInputError(f"answers: {where} is not of the form {form}")
    return answer
