"""Spreads the trials of an experiment over a Ray cluster: a process for each worker, several trials in each.

What is recorded is safe (see ``ray_store``). A trial whose worker was killed is run again by another process: what it
had recorded is served to it from the journal, and its result replaces whatever the first one may still write.
"""

import math
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from anyio.from_thread import start_blocking_portal

from outlay.bench.attempt import Shared, attempt
from outlay.bench.executor import Job
from outlay.bench.experiment import Experiment, read
from outlay.bench.grid import Trial, expand
from outlay.bench.limits import Limits
from outlay.bench.parts import Parts
from outlay.bench.ray_store import Keeper, KeptConnection, asked
from outlay.bench.records import TrialRecord
from outlay.bench.store import Store
from outlay.core.cost import NOTHING, Cost
from outlay.core.errors import InvalidInputError, InvalidSettingError, MissingExtraError, StoreError
from outlay.core.ledger import BudgetExhausted, Ledger
from outlay.core.model import Meter

RETRIES = 3
"""How often a trial is run again whose worker has died; a trial that kills its worker each time has failed."""


class Worker:
    """Runs trials in a process of its own, as many at a time as it is asked to, in one event loop.

    Args:
        source: the experiment's text.
        path: a file of its folder, which has to be there for this process as well.
        parts: where its names are looked up.
        limits: this process's share of the limits on calls under way.
        keeper: Ray's handle of the folder's keeper.
        traced: whether the trace of what happened is kept with each result.
    """

    def __init__(
        self, source: str, path: Path, parts: Parts, limits: dict[str, int], keeper: Any, traced: bool
    ) -> None:
        self._trials = {trial.key: trial for trial in expand(read(source, parts, path), parts)}
        self._shared = Shared(Store(KeptConnection(keeper)), _unpaid, Ledger(), Limits(limits), traced)
        self._opened = start_blocking_portal()
        self._portal = self._opened.__enter__()

    def attempt(self, key: str) -> tuple[TrialRecord | str | None, Cost]:
        """What comes of a trial, and what this process has paid for it.

        Raises:
            StoreError: if the results cannot be written, or this process knows of no such trial.
        """
        if key not in self._trials:
            raise StoreError("a worker reads another experiment: its version of outlay, or a file, is another one")
        costs: list[Cost] = []
        shared = replace(self._shared, paid=costs.append)
        outcome = self._portal.call(attempt, self._trials[key], shared)
        return outcome, sum(costs, NOTHING)


@dataclass(frozen=True, slots=True)
class RayExecutor:
    """Runs trials on a Ray cluster: the one that ``RAY_ADDRESS`` names, or one on this machine.

    Attributes:
        workers: processes; None for as many as the cluster has processors, but no more than questions at a time.
    """

    workers: int | None = None

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise InvalidSettingError("executor ray", "workers", self.workers, "1 or above")

    @asynccontextmanager
    async def open(self, job: Job) -> AsyncIterator["RaySite"]:
        """The cluster, with a keeper of the folder and all workers.

        Raises:
            MissingExtraError: without Ray.
            InvalidInputError: if the experiment has a budget in what its cells' budgets do not limit.
            StoreError: if the folder is in use or cannot be written.
        """
        ray = _ray()
        _require_bounded(job.experiment)
        async with AsyncExitStack() as stack:
            stack.enter_context(_connected(ray))
            here = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
                ray.get_runtime_context().get_node_id(), soft=False
            )
            keeper = ray.remote(num_cpus=0, scheduling_strategy=here)(Keeper).remote(job.folder.absolute())
            stack.callback(ray.kill, keeper)
            asked(keeper.open.remote())
            stack.callback(lambda: asked(keeper.close.remote()))
            crew = self._crew(ray, job, keeper)
            stack.callback(crew.dismiss)
            yield RaySite(Store(KeptConnection(keeper)), job.total, job.paid, crew)

    def _crew(self, ray: Any, job: Job, keeper: Any) -> "Crew":
        """All workers; each may make its share of the calls under way, so that all together keep the limits."""
        experiment = job.experiment
        most = min([experiment.concurrency, *experiment.limits.values()])
        count = min(self.workers or max(1, int(ray.cluster_resources().get("CPU", 1))), most)
        limits = {name: limit // count for name, limit in experiment.limits.items()}
        worker = ray.remote(num_cpus=1, max_concurrency=math.ceil(experiment.concurrency / count))(Worker)
        path = experiment.folder.absolute() / "experiment.toml"
        return Crew(count, lambda: worker.remote(experiment.source, path, job.parts, limits, keeper, job.traced))


class Crew:
    """Workers, and how many trials each has under way.

    Args:
        count: how many there are.
        hire: makes one.
    """

    def __init__(self, count: int, hire: Callable[[], Any]) -> None:
        self._hire = hire
        self._busy: dict[Any, int] = {hire(): 0 for _ in range(count)}

    @contextmanager
    def least_busy(self) -> Iterator[Any]:
        """Ray's handle of the worker that has least to do."""
        worker = min(self._busy, key=lambda one: self._busy[one])
        self._busy[worker] += 1
        try:
            yield worker
        finally:
            if worker in self._busy:
                self._busy[worker] -= 1

    def replace(self, worker: Any) -> None:
        """Put another in the place of one that has died."""
        if self._busy.pop(worker, None) is not None:
            self._busy[self._hire()] = 0

    def dismiss(self) -> None:
        """End all of them, and whatever they have under way."""
        for worker in self._busy:
            _ray().kill(worker)


@dataclass(frozen=True, slots=True)
class RaySite:
    """A cluster at work.

    Attributes:
        store: where results are kept.
        total: pays for all trials together; a trial's whole budget is reserved while it runs.
        paid: told what is really paid, when a trial ends.
        crew: who runs trials.
    """

    store: Store
    total: Ledger
    paid: Meter
    crew: Crew

    async def attempt(self, trial: Trial) -> TrialRecord | str | None:
        """Run a trial on the worker that has least to do.

        Raises:
            StoreError: if the results cannot be written.
        """
        if not self.total.budget.as_dict():
            return await self._run(trial)
        before = self.store.charged(trial.key)
        try:
            async with self.total.reserve(trial.budget.worst) as reservation:
                outcome = await self._run(trial)
                reservation.charge(self.store.charged(trial.key))
                self.total.refund(before)
        except BudgetExhausted:
            return None
        return outcome

    async def _run(self, trial: Trial) -> TrialRecord | str | None:
        ray = _ray()
        last = ""
        for _ in range(1 + RETRIES):
            with self.crew.least_busy() as worker:
                try:
                    outcome, paid = await worker.attempt.remote(trial.key)
                except ray.exceptions.RayTaskError as error:
                    raise StoreError(str(error.cause)) from None
                except ray.exceptions.RayActorError as error:
                    last = str(error).strip().splitlines()[-1]
                    self.crew.replace(worker)
                else:
                    self.paid(paid)
                    return outcome  # type: ignore[no-any-return]
        cause = f"its worker died {1 + RETRIES} times; last: {last}"
        self.store.fail(trial, cause)
        return cause


def _require_bounded(experiment: Experiment) -> None:
    """Refuse a budget of the whole experiment that nobody can keep: workers do not ask each other before each call."""
    for name in experiment.total.as_dict():
        for cell in experiment.cells:
            if name not in cell.budget.as_dict():
                raise InvalidInputError(
                    f"{experiment.name}: under --executor ray an experiment with a budget in {name} needs one in every "
                    f"cell, which is set aside while a question runs; {cell.strategy} has {cell.budget}"
                )


@contextmanager
def _connected(ray: Any) -> Iterator[None]:
    """A connection to the cluster; one that was there before stays."""
    if ray.is_initialized():
        yield
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ray.init(include_dashboard=False, log_to_driver=False, logging_level="error")
    try:
        yield
    finally:
        ray.shutdown()


def _ray() -> Any:
    try:
        import ray  # noqa: PLC0415 (an optional extra)
        import ray.util.scheduling_strategies  # noqa: PLC0415
    except ImportError:
        raise MissingExtraError("--executor ray", "ray") from None
    return ray


def _unpaid(_: Cost) -> None:
    pass
