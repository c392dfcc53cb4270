"""What the figures of a report need of each trial; its texts stay in the store, so that a run of any size fits."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outlay.bench.records import CandidateRecord, TrialRecord
from outlay.core.cost import Cost

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Axis:
    """One kind of cost.

    Attributes:
        name: how files and switches call it; a field of ``Cost``.
        plural: how texts call it.
        ticks: how Vega writes its values, in d3-format's language.
    """

    name: str
    plural: str
    ticks: str

    def of(self, cost: Cost) -> float:
        """The amount in a cost."""
        return float(getattr(cost, self.name))


AXES = (
    Axis("tokens", "tokens", "~s"),
    Axis("dollars", "dollars", "$~r"),
    Axis("flops", "FLOPs", "~s"),
    Axis("seconds", "seconds", "~r"),
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A trial's independent candidates.

    Attributes:
        right: whether each is right.
        votes: each one's answer as a number, -1 without one.
        scores: what each was ranked by, minus infinity without an answer; None where a candidate was not ranked.
    """

    right: NDArray[np.bool_]
    votes: NDArray[np.int32]
    scores: FloatArray | None

    def __len__(self) -> int:
        return len(self.right)


@dataclass(frozen=True, slots=True)
class Result:
    """What a finished trial came to, without the texts that make up most of it.

    Attributes:
        record: the record less its text, its curve and its candidates.
        spent: (points, axes) what had been spent at each change of the answer, in the order of ``AXES``.
        held: (points,) whether the answer held from then on is right.
        drawn: its independent candidates; None with fewer than two.
    """

    record: TrialRecord
    spent: FloatArray
    held: NDArray[np.bool_]
    drawn: Drawn | None

    @classmethod
    def of(cls, record: TrialRecord) -> "Result":
        """The result in a record."""
        spent = [[axis.of(point.cost) for axis in AXES] for point in record.curve]
        return cls(
            # The same question is asked of every method: one copy of its text is enough.
            replace(record, question=sys.intern(record.question), text="", curve=(), candidates=()),
            np.array(spent, np.float64).reshape(len(spent), len(AXES)),
            np.array([bool(point.correct) for point in record.curve], np.bool_),
            _drawn([one for one in record.candidates if one.whole and one.correct is not None]),
        )

    @property
    def correct(self) -> bool | None:
        """Whether the answer is right; None without a reference."""
        return self.record.correct

    @property
    def cost(self) -> Cost:
        """What the question was charged."""
        return self.record.cost

    @property
    def exhausted(self) -> bool:
        """Whether a limit ended it."""
        return self.record.stopped_by != "strategy"


Results = dict[tuple[int, int], Result]
"""Results by question and seed."""


def _drawn(candidates: Sequence[CandidateRecord]) -> Drawn | None:
    if len(candidates) < 2:
        return None
    scores = None
    if all(one.score is not None for one in candidates):
        scores = np.array([one.score if one.value is not None else -np.inf for one in candidates], np.float64)
    return Drawn(
        np.array([bool(one.correct) for one in candidates], np.bool_),
        np.array([-1 if one.vote is None else one.vote for one in candidates], np.int32),
        scores,
    )
