"""Runs an experiment: some trials at a time, each result on disk before it is counted, resumable at any moment."""

from collections.abc import Iterator
from pathlib import Path

import anyio

from outlay.bench.executor import Executor, Job, LocalExecutor, Site
from outlay.bench.experiment import Experiment
from outlay.bench.grid import Trial, expand
from outlay.bench.parts import Parts
from outlay.bench.progress import Progress, ProgressSink, Tally
from outlay.bench.store import Manifest, Store
from outlay.core.ledger import Ledger
from outlay.core.solve import first_of

TRACED_TRIALS = 5_000
"""Experiments of at most so many trials keep their traces unless told otherwise: some kilobytes and ms each."""


async def run(
    experiment: Experiment,
    parts: Parts,
    folder: Path,
    *,
    progress: ProgressSink | None = None,
    retry_failed: bool = False,
    executor: Executor | None = None,
) -> Progress:
    """Run every trial that the folder does not hold yet; killed at any moment, the same call goes on from there.

    Once what is left of the experiment's own budget refuses a trial, no further one begins, and that one stays unrun:
    with a larger budget the same call goes on from there, too.

    Args:
        experiment: what to run.
        parts: where its names are looked up.
        folder: where results are kept.
        progress: told how far it has come.
        retry_failed: whether trials that failed before are run again; what they had already sampled is not paid twice.
        executor: where trials run; this process if left out.

    Raises:
        InvalidInputError: if a part cannot be built, or lacks what a strategy needs; nothing was spent.
        StoreError: if the folder is in use or cannot be written.
    """
    trials = expand(experiment, parts)
    total = Ledger(experiment.total, hidden=True)
    tally = Tally(trials, total, progress or _ignore)
    traced = len(trials) <= TRACED_TRIALS if experiment.traces is None else experiment.traces
    async with (executor or LocalExecutor()).open(Job(experiment, parts, folder, total, tally.pay, traced)) as site:
        site.store.begin(Manifest.of(experiment, trials), trials)
        if experiment.total.as_dict():
            total.book(site.store.charged())
        waiting = iter(_waiting(trials, site.store, tally, retry_failed))
        tally.tell()
        try:
            async with anyio.create_task_group() as workers:
                for _ in range(experiment.concurrency):
                    workers.start_soon(_work, waiting, site, tally)
        except BaseExceptionGroup as group:
            raise first_of(group) from group
    return tally.progress()


async def _work(waiting: Iterator[Trial], site: Site, tally: Tally) -> None:
    while not tally.spent_out and (trial := next(waiting, None)):
        tally.begin()
        tally.end(trial.cell, await site.attempt(trial))


def _waiting(trials: list[Trial], store: Store, tally: Tally, retry_failed: bool) -> list[Trial]:
    """The trials still to run; the others are counted."""
    waiting = []
    for trial, stored in zip(trials, store.trials(), strict=True):
        outcome = stored.record or stored.cause
        if outcome is None or (stored.cause is not None and retry_failed):
            waiting.append(trial)
        else:
            tally.count(trial.cell, outcome)
    return waiting


def _ignore(_: Progress) -> None:
    pass
