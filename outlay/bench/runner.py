"""Runs an experiment: some trials at a time, each result on disk before it is counted, resumable at any moment."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio

from outlay.bench.attempt import attempt
from outlay.bench.experiment import Experiment
from outlay.bench.grid import Trial, expand
from outlay.bench.parts import Parts
from outlay.bench.records import TrialRecord
from outlay.bench.store import Manifest, Store, open_store
from outlay.core.cost import NOTHING, Cost

TRACED_TRIALS = 5_000
"""Experiments of at most so many trials keep their traces unless told otherwise: some kilobytes and ms each."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an experiment has come.

    Attributes:
        done: trials with a result, those of earlier sessions included.
        failed: trials without one.
        total: all trials.
        charged: what all results together cost.
        paid: what this session really paid, beyond what earlier ones had on disk.
        seconds: how long this session has run.
        eta: seconds until the end at this session's pace; None before its first trial.
        cause: why the newest failure failed; empty without one.
    """

    done: int
    failed: int
    total: int
    charged: Cost
    paid: Cost
    seconds: float
    eta: float | None
    cause: str = ""


ProgressSink = Callable[[Progress], None]
"""Told of progress at the start and after each trial."""


async def run(
    experiment: Experiment,
    parts: Parts,
    folder: Path,
    *,
    progress: ProgressSink | None = None,
    retry_failed: bool = False,
) -> Progress:
    """Run every trial that the folder does not hold yet; killed at any moment, the same call goes on from there.

    Args:
        experiment: what to run.
        parts: where its names are looked up.
        folder: where results are kept.
        progress: called at the start and after each trial.
        retry_failed: whether trials that failed before are run again; what they had already sampled is not paid twice.

    Raises:
        InvalidInputError: if a part cannot be built, or lacks what a strategy needs; nothing was spent.
        StoreError: if the folder is in use or cannot be written.
    """
    trials = expand(experiment, parts)
    traced = len(trials) <= TRACED_TRIALS if experiment.traces is None else experiment.traces
    with open_store(folder) as store:
        store.begin(Manifest.of(experiment), trials)
        tally = _Tally(len(trials), progress or _ignore)
        waiting = iter(_waiting(trials, store, tally, retry_failed))
        tally.tell()
        async with anyio.create_task_group() as workers:
            for _ in range(experiment.concurrency):
                workers.start_soon(_work, waiting, store, tally, traced)
    return tally.progress()


async def _work(waiting: Iterator[Trial], store: Store, tally: "_Tally", traced: bool) -> None:
    for trial in waiting:
        tally.count(await attempt(trial, store, tally.pay, traced=traced))
        tally.finished += 1
        tally.tell()


def _waiting(trials: list[Trial], store: Store, tally: "_Tally", retry_failed: bool) -> list[Trial]:
    """The trials still to run; the others are counted."""
    waiting = []
    for trial, stored in zip(trials, store.trials(), strict=True):
        outcome = stored.record or stored.cause
        if outcome is None or (stored.cause is not None and retry_failed):
            waiting.append(trial)
        else:
            tally.count(outcome)
    return waiting


@dataclass(slots=True)
class _Tally:
    total: int
    sink: ProgressSink
    started: float = field(default_factory=time.monotonic)
    done: int = 0
    failed: int = 0
    finished: int = 0
    """Trials that ended in this session."""
    charged: Cost = NOTHING
    paid: Cost = NOTHING
    cause: str = ""

    def count(self, outcome: TrialRecord | str) -> None:
        if isinstance(outcome, str):
            self.failed += 1
            self.cause = outcome
        else:
            self.done += 1
            self.charged = self.charged + outcome.cost

    def pay(self, cost: Cost) -> None:
        self.paid = self.paid + cost

    def progress(self) -> Progress:
        seconds = time.monotonic() - self.started
        left = self.total - self.done - self.failed
        eta = seconds / self.finished * left if self.finished else None
        paid = replace(self.paid, seconds=seconds)
        return Progress(self.done, self.failed, self.total, self.charged, paid, seconds, eta, self.cause)

    def tell(self) -> None:
        self.sink(self.progress())


def _ignore(_: Progress) -> None:
    pass
