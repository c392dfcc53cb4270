"""Rows of different lengths in one flat array: log-probabilities of tokens, scores of steps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.core.aggregation import Aggregation

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Ragged:
    """As many rows as ``offsets`` has steps; row i is ``values[offsets[i]:offsets[i + 1]]``.

    Attributes:
        values: (all,), the rows after each other.
        offsets: (rows + 1,), rising.
        known: (rows,), False where there is no row at all, which is not the same as an empty one.
    """

    values: FloatArray
    offsets: IntArray
    known: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: Sequence[Sequence[float] | None]) -> "Ragged":
        """From rows; None where there is none."""
        lengths = [0 if row is None else len(row) for row in rows]
        flat = [float(value) for row in rows if row is not None for value in row]
        offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        return cls(np.array(flat, np.float64), offsets, np.array([row is not None for row in rows], np.bool_))

    def __len__(self) -> int:
        return len(self.known)

    def __iter__(self) -> Iterator[FloatArray | None]:
        return (self.row(i) for i in range(len(self)))

    @property
    def lengths(self) -> IntArray:
        """(rows,), 0 where there is none."""
        return np.diff(self.offsets)

    def row(self, index: int) -> FloatArray | None:
        """One row; None if there is none."""
        return self.values[self.offsets[index] : self.offsets[index + 1]] if self.known[index] else None

    def span(self, start: int, stop: int) -> "Ragged":
        """Some rows that follow each other; nothing is copied but the offsets."""
        offsets = self.offsets[start : stop + 1]
        inner = self.values[offsets[0] : offsets[-1]]
        return Ragged(inner, offsets - offsets[0], self.known[start:stop])

    def take(self, rows: IntArray) -> "Ragged":
        """Some rows by position, in the given order."""
        lengths = self.lengths[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
        return Ragged(self.values[np.repeat(self.offsets[rows], lengths) + within], offsets, self.known[rows])

    def aggregate(self, how: Aggregation) -> FloatArray:
        """(rows,): one number from each row, NaN where it is empty or not there."""
        found = np.full(len(self), np.nan)
        filled = np.flatnonzero(self.lengths)
        if not len(filled):
            return found
        starts, lengths = self.offsets[filled], self.lengths[filled]
        match how:
            case Aggregation.LAST:
                found[filled] = self.values[starts + lengths - 1]
            case Aggregation.MIN:
                found[filled] = np.minimum.reduceat(self.values, starts)
            case Aggregation.MAX:
                found[filled] = np.maximum.reduceat(self.values, starts)
            case Aggregation.PRODUCT:
                found[filled] = np.multiply.reduceat(self.values, starts)
            case Aggregation.MEAN:
                found[filled] = np.add.reduceat(self.values, starts) / lengths
        return found
