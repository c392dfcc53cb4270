"""How far an experiment has come: counted as trials begin and end, told to whoever shows it."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from outlay.bench.grid import Cell, Trial
from outlay.bench.records import TrialRecord
from outlay.core.budget import COUNTED, Limit, amounts
from outlay.core.cost import NOTHING, Cost
from outlay.core.ledger import Ledger
from outlay.core.model import LanguageModel

PAUSE = 0.2
"""Seconds at least between two tellings of what is paid while trials run."""


@dataclass(frozen=True, slots=True)
class StrategyProgress:
    """How far one strategy has come, with its verifier, over all tasks, models and budgets.

    Attributes:
        done: trials with a result.
        failed: trials without one.
        right: results that are right.
        known: results of questions with a reference.
        tokens: what all results together cost.
    """

    done: int = 0
    failed: int = 0
    right: int = 0
    known: int = 0
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an experiment has come.

    Attributes:
        done: trials with a result, those of earlier sessions included.
        running: trials under way.
        failed: trials without a result.
        total: all trials.
        charged: what all results together cost.
        paid: what this session really paid, beyond what earlier ones had on disk.
        left: what is left of each limit on the whole experiment.
        spent_out: whether a trial was left unrun because that did not suffice.
        retries: requests that were made again, as far as models tell.
        seconds: how long this session has run.
        eta: seconds until the end at this session's pace; None before its first trial.
        strategies: by name, in the order of the plan.
        cause: why the newest failure failed; empty without one.
    """

    done: int
    running: int
    failed: int
    total: int
    charged: Cost
    paid: Cost
    left: Mapping[Limit, float]
    spent_out: bool
    retries: int
    seconds: float
    eta: float | None
    strategies: Mapping[str, StrategyProgress]
    cause: str = ""

    @property
    def unrun(self) -> int:
        """Trials that have neither a result nor a failure."""
        return self.total - self.done - self.failed


ProgressSink = Callable[[Progress], None]
"""Told of progress at the start, when a trial begins or ends, and now and then while it spends."""


@dataclass(slots=True, eq=False)
class Tally:
    """Counts.

    Attributes:
        trials: all of them.
        ledger: pays for all trials together.
        sink: told of progress.
    """

    trials: list[Trial]
    ledger: Ledger
    sink: ProgressSink
    spent_out: bool = False
    _started: float = field(default_factory=time.monotonic)
    _told: float = 0.0
    _running: int = 0
    _ended: int = 0
    """Trials that ended in this session."""
    _charged: Cost = NOTHING
    _paid: Cost = NOTHING
    _strategies: dict[str, Counter[str]] = field(init=False)
    _models: list[LanguageModel] = field(init=False)
    _cause: str = ""

    def __post_init__(self) -> None:
        self._strategies = {_name(trial.cell): Counter() for trial in self.trials}
        self._models = list({id(trial.model): trial.model for trial in self.trials}.values())

    def count(self, cell: Cell, outcome: TrialRecord | str) -> None:
        """Count a result, or the cause of a failure."""
        counts = self._strategies[_name(cell)]
        if isinstance(outcome, str):
            counts["failed"] += 1
            self._cause = outcome
            return
        counts["done"] += 1
        counts["right"] += bool(outcome.correct)
        counts["known"] += outcome.correct is not None
        counts["tokens"] += outcome.cost.tokens
        self._charged = self._charged + outcome.cost

    def begin(self) -> None:
        """Count a trial that begins."""
        self._running += 1
        self.tell()

    def end(self, cell: Cell, outcome: TrialRecord | str | None) -> None:
        """Count a trial that ends; None if it stays unrun."""
        self._running -= 1
        if outcome is None:
            self.spent_out = True
        else:
            self._ended += 1
            self.count(cell, outcome)
        self.tell()

    def pay(self, cost: Cost) -> None:
        """A meter for what is really paid."""
        self._paid = self._paid + cost
        if time.monotonic() - self._told > PAUSE:
            self.tell()

    def tell(self) -> None:
        """Tell the sink."""
        self._told = time.monotonic()
        self.sink(self.progress())

    def progress(self) -> Progress:
        """How far it has come."""
        seconds = time.monotonic() - self._started
        strategies = {name: StrategyProgress(**counts) for name, counts in self._strategies.items()}
        done = sum(one.done for one in strategies.values())
        failed = sum(one.failed for one in strategies.values())
        unrun = len(self.trials) - done - failed
        return Progress(
            done, self._running, failed, len(self.trials), self._charged, replace(self._paid, seconds=seconds),
            _left(self.ledger), self.spent_out, sum(getattr(one, "retries", 0) for one in self._models), seconds,
            seconds / self._ended * unrun if self._ended else None, strategies, self._cause,
        )  # fmt: skip


def _name(cell: Cell) -> str:
    return f"{cell.strategy} with {cell.verifier}" if cell.verifier else cell.strategy


def _left(ledger: Ledger) -> dict[Limit, float]:
    pairs = zip(COUNTED, ledger.budget.limits, amounts(ledger.spent), strict=True)
    return {name: max(0.0, limit - spent) for name, limit, spent in pairs if name in ledger.budget.as_dict()}
