"""The contract of a layer: it makes new drafts out of those it is given, better and better."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import StrategyInfo
from outlay.core.trajectory import Trajectory


class Kind(StrEnum):
    """What a layer does with drafts; the rules of composition speak of kinds."""

    GENERATE = "generate"
    """Makes drafts from the bare question."""
    RANK = "rank"
    """Puts drafts in order."""
    VERIFY = "verify"
    """Drops drafts."""
    CRITIQUE = "critique"
    """Notes what is wrong with drafts."""
    FUSE = "fuse"
    """Makes new drafts from those that are there."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer on its way through the layers.

    Attributes:
        trajectory: the answer to the bare question.
        score: in [0, 1], of the newest layer that ranked it; None if none has or could tell.
        critique: what was found wrong with it; empty if nobody has looked.
    """

    trajectory: Trajectory
    score: float | None = None
    critique: str = ""


class Layer(Protocol):
    """One layer of a composition; a frozen dataclass of its settings.

    ``apply`` yields what the layer has made so far; what it yields last goes on to the next layer. A layer that can
    make nothing, because the budget is out, yields nothing, and what it was given goes on. It never raises for that.
    What it yields last depends on the drafts, the seed and the samples alone, not on their timing.
    """

    @property
    def info(self) -> StrategyInfo:
        """What the layer is and needs of a run, as of a strategy."""
        ...

    @property
    def kind(self) -> Kind:
        """What it does with drafts."""
        ...

    def require(self, problem: Problem) -> None:
        """Refuse a problem that lacks what the layer's own verifier needs.

        Raises:
            MissingCapabilityError: naming what is missing.
        """
        ...

    def apply(self, problem: Problem, drafts: Sequence[Draft], run: Run) -> AsyncIterator[Sequence[Draft]]:
        """Better and better drafts."""
        ...
