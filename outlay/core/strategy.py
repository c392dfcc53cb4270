"""The contract of a strategy: an anytime algorithm."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from outlay.core.answer import Answer
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.verifier import Judges

OwnSpace = Mapping[str, object]
"""What a search may set a strategy's settings to, in the words of a search file: a list of values, or a table with
``from`` and ``to``. A class attribute ``space`` of a strategy, which need not have one."""
COUNTS: OwnSpace = MappingProxyType({"from": 2, "to": 32, "log": True})
"""The usual numbers of samples."""
TEMPERATURES: OwnSpace = MappingProxyType({"from": 0.3, "to": 1.2})
"""The usual temperatures."""


@dataclass(frozen=True, slots=True)
class StrategyInfo:
    """What a strategy is and needs.

    Attributes:
        name: its name in the catalogue.
        summary: one line on what it does.
        source: the paper it comes from.
        verifier: what kind of verdicts it needs, or None if it needs no verifier.
        capabilities: what the model must be able to do.
        cost: its cost in samples and tokens, in words.
        together: whether it can have all of its answers judged by one call, for verifiers that compare them.
        timed: whether the answer depends on which sample finishes first, by the clock.
        only_draws: whether it asks the model for ``n`` whole answers to the bare question, or one where it has no
            ``n``, and for nothing else: then the worst case of a question is known beforehand.
    """

    name: str
    summary: str
    source: str
    verifier: Judges | None = None
    capabilities: frozenset[Capability] = frozenset()
    cost: str = ""
    together: bool = False
    timed: bool = False
    only_draws: bool = False


class Strategy(Protocol):
    """Spends a budget on one problem; a frozen dataclass of its settings.

    Each answer that ``improve`` yields is the best so far. When the budget is out the iteration ends; it never raises
    for that, and it has yielded an answer once one sample finished. The last answer depends on the settings, the seed
    and the model's samples alone, not on their timing, unless its ``info`` says that it is timed.

    Whoever iterates must do so within one task and must not await between two answers (``solve`` does neither).
    """

    @property
    def info(self) -> StrategyInfo:
        """What the strategy is and needs."""
        ...

    def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """Better and better answers, until the strategy is done or the budget is out."""
        ...
