"""Between Arrow columns and the arrays of ``ProblemSamples``."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from outlay.core.errors import InvalidInputError
from outlay.pools.ragged import FloatArray, IntArray, Ragged
from outlay.pools.schema import column_type
from outlay.pools.votes import NO_VOTE

Column = Sequence[str | None] | NDArray[np.float64] | NDArray[np.int64] | Ragged


def numbers(column: pa.Array) -> FloatArray:
    """Whole numbers, fractions or flags as float64, NaN for null."""
    plain = column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
    return np.asarray(plain.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), np.float64)


def indices(column: pa.Array) -> IntArray:
    """Whole numbers, ``NO_VOTE`` for null."""
    return np.asarray(column.cast(pa.int64()).fill_null(NO_VOTE).to_numpy(zero_copy_only=False), np.int64)


def ragged(column: pa.Array) -> Ragged:
    """A column of lists."""
    known = np.asarray(column.is_valid().to_numpy(zero_copy_only=False), np.bool_)
    if pa.types.is_null(column.type):
        return Ragged(np.empty(0), np.zeros(len(column) + 1, np.int64), known)
    lengths = numbers(column.value_lengths())
    offsets = np.concatenate([[0], np.cumsum(np.nan_to_num(lengths))]).astype(np.int64)
    return Ragged(numbers(column.flatten()), offsets, known)


def arrow_column(name: str, column: Column) -> pa.Array:
    """The Arrow column of one attribute of ``ProblemSamples``; NaN, and -1 as a vote, become null.

    Raises:
        InvalidInputError: if it holds what its type cannot.
    """
    try:
        return _arrow_column(name, column)
    except pa.ArrowException as error:
        raise InvalidInputError(f"column {name} must hold {column_type(name)}: {error}") from None


def _arrow_column(name: str, column: Column) -> pa.Array:
    kind = column_type(name)
    if isinstance(column, Ragged):
        return _lists(column, kind)
    if pa.types.is_string(kind):
        return pa.array(column, kind)
    array = np.asarray(column)
    if name == "vote":
        return pa.array(array, mask=array == NO_VOTE).cast(kind)
    floats = array.astype(np.float64)
    return pa.array(floats, mask=np.isnan(floats)).cast(kind)


def _lists(column: Ragged, kind: pa.DataType) -> pa.Array:
    values = pa.array(column.values).cast(kind.value_type, safe=False)
    offsets = pa.array(column.offsets.astype(np.int32), mask=np.append(~column.known, False))
    return pa.ListArray.from_arrays(offsets, values)
