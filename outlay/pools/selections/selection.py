"""The contract of a selection: a rule that makes an answer of n samples that are already there."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from outlay.pools.drawing import Drawing
from outlay.pools.graded import GradedSamples

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
NOTHING = -1
"""Instead of a position: no further sample is handed in."""


@dataclass(frozen=True, slots=True)
class SelectionInfo:
    """What a selection is and needs.

    Attributes:
        name: its name in the catalogue; that of the strategy, where it chooses as one does.
        summary: one line on what it does.
        columns: those of the pool that it needs besides grades and votes.
        also: those that it reads where the pool has them.
        answers: whether it votes, and so needs answers that can be compared.
        verifier: the verifier whose verdicts it pays for; empty for none.
        attained: whether it can be had without knowing what is right; if not, it is a bound and is not tested.
        single: whether it draws one sample, whatever n is.
        exact: whether its expectation has a closed form for every drawing.
        partly_exact: whether it has one where that takes little work.
        slow: whether it is simulated with few draws.
    """

    name: str
    summary: str
    columns: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    answers: bool = False
    verifier: str = ""
    attained: bool = True
    single: bool = False
    exact: bool = False
    partly_exact: bool = False
    slow: bool = False


class Rule(Protocol):
    """A selection on the samples of one problem."""

    def choose(self, drawn: IntArray) -> IntArray:
        """Of each row of samples in the order drawn, those that are handed in, best first.

        Args:
            drawn: (draws, n) positions of samples.

        Returns:
            (draws, handed in) positions of samples, ``NOTHING`` where there are no more.
        """
        ...

    def expected(self, drawing: Drawing) -> float | None:
        """The exact chance that something right is handed in; None where it has to be simulated."""
        ...


class Selection(Protocol):
    """Makes an answer of n samples; a frozen dataclass of its settings.

    On n samples in the order drawn it chooses what the strategy of its name does that draws these very samples.
    """

    @property
    def info(self) -> SelectionInfo:
        """What it is and needs."""
        ...

    def on(self, samples: GradedSamples) -> Rule:
        """The rule on one problem's samples."""
        ...


@runtime_checkable
class Race(Protocol):
    """A rule that cancels samples before they are finished."""

    def paid(self, drawn: IntArray) -> FloatArray:
        """(draws, n) positions -> (draws, n): the share of each sample that is generated, from 0 to 1."""
        ...


def worth(correct: FloatArray, chosen: IntArray) -> FloatArray:
    """(draws, handed in) -> (draws,): 1 where something right is handed in, else 0."""
    return np.asarray(np.where(chosen == NOTHING, 0.0, correct[chosen]).max(axis=1), np.float64)
