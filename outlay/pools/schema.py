"""The columns of a pool: what each is called, its Arrow type, and which must be there.

A pool is one Parquet file with a row for each sample. All rows of a problem follow each other, and row groups end where
problems end, so that a reader holds one row group at a time.
"""

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from outlay.core.errors import InvalidInputError

IDENTITY = ("problem", "task", "level", "model")
"""Rows that agree in all of these are samples of one problem."""
REQUIRED = (*IDENTITY, "sample")
SCORE, STEP_SCORES, VERIFIER_TOKENS = "score:", "step_scores:", "verifier_tokens:"
"""What the columns of a verifier begin with; the rest is its specification as it could be typed."""

COLUMNS: Mapping[str, pa.DataType] = {
    "problem": pa.string(),
    "task": pa.string(),
    "level": pa.int32(),
    "model": pa.string(),
    "question": pa.string(),
    "reference": pa.string(),
    "sample": pa.int32(),
    "text": pa.string(),
    "value": pa.string(),
    "vote": pa.int32(),
    "correct": pa.bool_(),
    "finish": pa.string(),
    "prompt_tokens": pa.int32(),
    "completion_tokens": pa.int32(),
    "dollars": pa.float64(),
    "flops": pa.float64(),
    "seconds": pa.float64(),
    "logprob": pa.float64(),
    "token_logprobs": pa.list_(pa.float32()),
    "step_tokens": pa.list_(pa.int32()),
}
"""Every column that is not a verifier's; all but those in ``REQUIRED`` may hold nulls."""
VERIFIER_COLUMNS: Mapping[str, pa.DataType] = {
    SCORE: pa.float64(),
    STEP_SCORES: pa.list_(pa.float32()),
    VERIFIER_TOKENS: pa.int32(),
}
"""By what their names begin with."""
REPEATED = ("problem", "task", "level", "model", "question", "reference", "value", "vote", "finish", "prompt_tokens")
"""Columns that hold few different values and are stored as a dictionary."""


def column_type(name: str) -> pa.DataType | None:
    """The Arrow type of a column; None for a name that a pool does not know."""
    known = COLUMNS.get(name)
    if known is not None:
        return known
    for beginning, kind in VERIFIER_COLUMNS.items():
        if name.startswith(beginning) and len(name) > len(beginning):
            return kind
    return None


def arrow_schema(verifiers: Sequence[str] = ()) -> pa.Schema:
    """The schema of a pool with the verdicts of the named verifiers."""
    fields = [pa.field(name, kind, nullable=name not in REQUIRED) for name, kind in COLUMNS.items()]
    for verifier in verifiers:
        fields += [pa.field(f"{beginning}{verifier}", kind) for beginning, kind in VERIFIER_COLUMNS.items()]
    return pa.schema(fields)


def verifiers_of(columns: Iterable[str]) -> tuple[str, ...]:
    """The verifiers that have a column of scores, in the order of the columns."""
    return tuple(name.removeprefix(SCORE) for name in columns if name.startswith(SCORE))


def check_schema(found: pa.Schema, where: str) -> None:
    """Refuse a file that is not a pool. Columns that a pool does not know are left alone.

    Raises:
        InvalidInputError: naming the columns that are missing or have another type.
    """
    missing = [name for name in REQUIRED if name not in found.names]
    if missing:
        raise InvalidInputError(f"{where} is not a pool: it has no column {', '.join(missing)}")
    for name in found.names:
        due = column_type(name)
        if due is not None and not _agree(due, found.field(name).type):
            raise InvalidInputError(f"{where}: column {name} must hold {due}; it holds {found.field(name).type}")


def _agree(due: pa.DataType, found: pa.DataType) -> bool:
    """Whether values of one type can be read as the other: text as text, whole numbers as whole ones."""
    if pa.types.is_dictionary(found):
        found = found.value_type
    if pa.types.is_null(found):
        return True
    if pa.types.is_list(due):
        is_list = pa.types.is_list(found) or pa.types.is_large_list(found)
        return is_list and _agree(due.value_type, found.value_type)
    if pa.types.is_string(due):
        return bool(pa.types.is_string(found) or pa.types.is_large_string(found))
    if pa.types.is_boolean(due):
        return bool(pa.types.is_boolean(found))
    whole = pa.types.is_integer(found)
    return bool(whole or (pa.types.is_floating(due) and pa.types.is_floating(found)))
