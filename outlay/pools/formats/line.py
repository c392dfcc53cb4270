"""A line of JSON as samples of one problem: one sample, or several where a value is a list.

    {"problem": "p1", "question": "1+1?", "reference": "2", "text": "It is 2", "scores": {"judge": 0.9}}
    {"problem": "p2", "text": ["2", "3"], "correct": [true, false], "completion_tokens": [4, 5]}

Keys are the columns of a pool; ``scores``, ``step_scores`` and ``verifier_tokens`` are by verifier. ``problem`` must be
there and any one of ``text``, ``value``, ``correct`` and ``scores``.
"""

from collections.abc import Mapping

from outlay.core.errors import InvalidInputError
from outlay.core.problem import AnswerRule
from outlay.pools.formats.columns import LISTS, SCALARS, VERDICTS, Columns
from outlay.pools.formats.record import Record, as_text, as_whole
from outlay.pools.formats.settings import ReadSettings

OTHER_NAMES: Mapping[str, str] = {"problem": "id", "question": "prompt", "reference": "answer", "text": "completion"}
"""What may stand for a key that is not there."""
SHARED = ("problem", "task", "level", "model", "question", "reference")
KEYS = frozenset({*SHARED, "sample", *SCALARS, *LISTS, *VERDICTS, *OTHER_NAMES.values()})
COLUMNS = {**SCALARS, **LISTS}
FINISHES = frozenset({None, "end", "length", "step"})

Identity = tuple[str, str, int, str]
"""Problem, task, level and model."""


def identity_of(record: Record, settings: ReadSettings) -> Identity:
    """Whose samples a line holds.

    Raises:
        InvalidInputError: if it does not name a problem.
    """
    name = shared_text(record, "problem")
    if not name:
        raise InvalidInputError('it has no "problem"')
    level = as_whole("level", record.fields.get("level") or 0)
    task, model = shared_text(record, "task"), shared_text(record, "model")
    return name, task or settings.task, int(level), model or settings.model


def shared_text(record: Record, name: str) -> str | None:
    """A text of the whole problem, under either of its names."""
    return as_text(name, record.first(name, OTHER_NAMES.get(name, name)))


def verdicts_of(record: Record) -> dict[tuple[str, str], object]:
    """What a line says of verdicts, by kind and verifier.

    Raises:
        InvalidInputError: if they are not by verifier.
    """
    found: dict[tuple[str, str], object] = {}
    for kind in VERDICTS:
        given = record.fields.get(kind) or {}
        if not isinstance(given, dict) or "" in given:
            raise InvalidInputError(f'"{kind}" must be an object with a name for each verifier')
        found |= {(kind, verifier): value for verifier, value in given.items()}
    return found


def columns_of(record: Record, rule: AnswerRule) -> Columns:
    """The samples of a line. An answer that it does not name is read out of the text.

    Raises:
        InvalidInputError: naming the key that holds what it must not.
    """
    given = {name: value for name, value in record.fields.items() if name in COLUMNS and value is not None}
    text = record.first("text", OTHER_NAMES["text"])
    if text is not None:
        given["text"] = text
    verdicts = verdicts_of(record)
    scores = [value for (kind, _), value in verdicts.items() if kind == "scores"]
    if not (scores or given.keys() & {"text", "value", "correct"}):
        raise InvalidInputError('it has none of "text", "value", "correct" and "scores"')
    single = [*(value for name, value in given.items() if name in SCALARS), *scores]
    many = next((len(one) for one in single if isinstance(one, list)), None)
    found = Columns(1 if many is None else many)
    for name, value in given.items():
        found.columns[name] = [COLUMNS[name](name, one) for one in _each(name, value, many)]
    for (kind, verifier), value in verdicts.items():
        found.verdicts[kind, verifier] = [VERDICTS[kind](kind, one) for one in _each(kind, value, many)]
    if not set(found.columns.get("finish", ())) <= FINISHES:
        raise InvalidInputError('"finish" must be "end", "length" or "step"')
    texts = found.columns.get("text")
    if texts is not None and "value" not in record.fields:
        ends = found.columns.get("finish", [None] * found.count)
        # The length limit may have cut an answer in two.
        found.columns["value"] = [
            None if text is None or end == "length" else rule.extract(text)
            for text, end in zip(texts, ends, strict=True)
        ]
    return found


def _each(name: str, value: object, many: int | None) -> list[object]:
    """The values of a column, one for each sample of the line."""
    if many is None:
        return [value]
    if not isinstance(value, list) or len(value) != many:
        raise InvalidInputError(f'"{name}" must be a list of {many}, one for each sample of this line')
    return value
