"""An answer: the best so far, with everything it was chosen from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar, overload

from outlay.core.cost import Cost
from outlay.core.trajectory import Trajectory

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One trajectory that an answer was chosen from.

    Attributes:
        trajectory: the candidate.
        value: its extracted answer, if any.
        score: what the strategy ranked it by: a verdict, a weight; None if it was not judged.
    """

    trajectory: Trajectory
    value: str | None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The best answer so far.

    Attributes:
        value: the extracted answer; None if no candidate has one.
        trajectory: the candidate that stands for it.
        confidence: the strategy's own estimate in [0, 1]; None where it has none.
        candidates: all candidates so far.
        cost: everything paid so far.
        submissions: for strategies that hand in several answers, all of them, best first; the first one is ``value``.
        declined: whether the strategy has an answer and does not hand it out; ``value`` is then None.
    """

    value: str | None
    trajectory: Trajectory
    confidence: float | None
    candidates: Sequence[Candidate]
    cost: Cost
    submissions: Sequence[Candidate] = ()
    declined: bool = False


class Snapshot(Sequence[T]):
    """The first ``length`` items of a list that only grows: an immutable view that costs O(1)."""

    __slots__ = ("_items", "_length")

    def __init__(self, items: Sequence[T]) -> None:
        self._items = items
        self._length = len(items)

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return [self._items[i] for i in range(*index.indices(self._length))]
        position = index + self._length if index < 0 else index
        if not 0 <= position < self._length:
            raise IndexError(index)
        return self._items[position]

    def __iter__(self) -> Iterator[T]:
        return (self._items[i] for i in range(self._length))
