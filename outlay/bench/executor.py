"""Where the trials of an experiment run: in this process, or wherever else an executor of its own takes them."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from outlay.bench.attempt import Shared, attempt
from outlay.bench.experiment import Experiment
from outlay.bench.grid import Trial
from outlay.bench.limits import Limits
from outlay.bench.parts import Parts
from outlay.bench.records import TrialRecord
from outlay.bench.store import Store, open_store
from outlay.core.ledger import Ledger
from outlay.core.model import Meter


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be run.

    Attributes:
        experiment: the experiment.
        parts: where its names are looked up.
        folder: where results are kept.
        total: pays for all trials together.
        paid: told what is really paid.
        traced: whether the trace of what happened is kept with each result.
    """

    experiment: Experiment
    parts: Parts
    folder: Path
    total: Ledger
    paid: Meter
    traced: bool = False


class Site(Protocol):
    """Runs trials, several at a time."""

    @property
    def store(self) -> Store:
        """Where results are kept."""
        ...

    async def attempt(self, trial: Trial) -> TrialRecord | str | None:
        """Run a trial and keep what comes of it: its result, the cause of its failure, or None if it stays unrun.

        However often it is run, nothing that the store holds is paid again, and it has one result.
        """
        ...


class Executor(Protocol):
    """Opens a site for a job; on leaving, nothing of the job runs any more."""

    def open(self, job: Job) -> AbstractAsyncContextManager[Site]:
        """The site.

        Raises:
            InvalidInputError: if the job cannot be run there; nothing was spent.
            StoreError: if the folder is in use or cannot be written.
        """
        ...


@dataclass(frozen=True, slots=True)
class LocalSite:
    """This process."""

    shared: Shared

    @property
    def store(self) -> Store:
        """Where results are kept."""
        return self.shared.store

    async def attempt(self, trial: Trial) -> TrialRecord | str | None:
        """Run a trial here."""
        return await attempt(trial, self.shared)


class LocalExecutor:
    """Runs trials in this process."""

    @asynccontextmanager
    async def open(self, job: Job) -> AsyncIterator[LocalSite]:
        """A site in this process."""
        with open_store(job.folder) as store:
            yield LocalSite(Shared(store, job.paid, job.total, Limits(job.experiment.limits), job.traced))
