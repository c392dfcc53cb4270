"""A row group of a pool, split into its problems."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from outlay.core.errors import InvalidInputError
from outlay.pools.columns import indices, numbers, ragged
from outlay.pools.problem_samples import FLOATS, LISTS, TEXTS, ProblemSamples
from outlay.pools.ragged import Ragged
from outlay.pools.schema import IDENTITY, REQUIRED, SCORE, STEP_SCORES, VERIFIER_TOKENS

_ATTRIBUTES = ("sample", "vote", *TEXTS, *FLOATS, *LISTS)
_VERDICTS = {"scores": SCORE, "step_scores": STEP_SCORES, "verifier_tokens": VERIFIER_TOKENS}
"""Attributes of ``ProblemSamples`` and what the names of their columns begin with."""


def split(group: pa.Table, where: str) -> Iterator[ProblemSamples]:
    """The problems of a row group, in order.

    Args:
        group: its columns, the required ones among them.
        where: the file, for messages.

    Raises:
        InvalidInputError: if a required column holds nulls.
    """
    arrow = {name: column.combine_chunks() for name, column in zip(group.column_names, group.columns, strict=True)}
    for name in REQUIRED:
        if arrow[name].null_count:
            raise InvalidInputError(f"{where}: column {name} holds nulls, which it must not")
    columns = {name: _column(name, values) for name, values in arrow.items()}
    for start, stop in pairwise(_borders(arrow)):
        one: dict[str, Any] = {
            name: arrow[name][start].as_py() for name in (*IDENTITY, "question", "reference") if name in arrow
        }
        one |= {name: _part(columns[name], start, stop) for name in _ATTRIBUTES if name in columns}
        for attribute, beginning in _VERDICTS.items():
            one[attribute] = {
                name.removeprefix(beginning): _part(column, start, stop)
                for name, column in columns.items()
                if name.startswith(beginning)
            }
        yield ProblemSamples(**one)


def _column(name: str, values: pa.Array) -> Any:
    if name in {"sample", "vote"}:
        return indices(values)
    if name in LISTS or name.startswith(STEP_SCORES):
        return ragged(values)
    if name in FLOATS or name.startswith((SCORE, VERIFIER_TOKENS)):
        return numbers(values)
    return values


def _part(column: Any, start: int, stop: int) -> object:
    if isinstance(column, Ragged):
        return column.span(start, stop)
    part = column[start:stop]
    return part.to_pylist() if isinstance(part, pa.Array) else part


def _borders(arrow: Mapping[str, pa.Array]) -> list[int]:
    """Where problems begin, and the end."""
    rows = len(arrow["sample"])
    if not rows:
        return []
    changes = np.zeros(rows - 1, np.bool_)
    for name in IDENTITY:
        changes |= np.diff(_codes(arrow[name])) != 0
    return [0, *(np.flatnonzero(changes) + 1).tolist(), rows]


def _codes(column: pa.Array) -> NDArray[np.int64]:
    """(rows,) whole numbers that are the same where the values are."""
    if pa.types.is_integer(column.type):
        return indices(column)
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    return indices(coded.indices)
