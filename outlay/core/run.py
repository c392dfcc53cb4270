"""One run of one strategy on one problem: what it may use and what it has left to spend."""

import math
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

import anyio
import numpy as np
from anyio.lowlevel import checkpoint
from anyio.streams.memory import MemoryObjectSendStream

from outlay.core.budget import Limit
from outlay.core.errors import MissingCapabilityError, OutlayError
from outlay.core.events import Event, EventSink, SampleFinished, SamplesMissing, VerdictGiven, ignore
from outlay.core.journal import Journal, NoJournal
from outlay.core.ledger import BudgetExhausted, Ledger
from outlay.core.model import LanguageModel, SampleRequest
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges, Verdict, Verifier

_Item = tuple[int, Trajectory] | OutlayError
_Samples = AsyncIterator[tuple[int, Trajectory]]


@dataclass(slots=True)
class _Shared:
    exhausted: Limit | None = None


class Run:
    """A strategy's only way to spend: every call is reserved in the ledger before it is made.

    A run whose budget is out goes quiet instead of raising: ``sample`` yields fewer samples, ``judge`` returns None,
    and ``exhausted`` names the limit. Calls already under way are finished, not cut, so that what is lost to a
    budget does not depend on timing.

    Attributes:
        ledger: what pays.
        rng: the run's own random generator; use ``split`` for concurrent parts.
        journal: keeps what verifiers pay for.
    """

    def __init__(
        self,
        model: LanguageModel,
        ledger: Ledger,
        rng: np.random.Generator,
        verifier: Verifier | None = None,
        sink: EventSink = ignore,
        journal: Journal | None = None,
    ) -> None:
        self.model = model
        self.ledger = ledger
        self.rng = rng
        self.journal = journal or NoJournal()
        self._verifier = verifier
        self._sink = sink
        self._shared = _Shared()

    @property
    def exhausted(self) -> Limit | None:
        """The limit that refused a call, once one has."""
        return self._shared.exhausted

    def emit(self, event: Event) -> None:
        """Tell whoever listens."""
        self._sink(event)

    def split(self, count: int) -> list["Run"]:
        """Runs for concurrent parts: the same ledger, model and verifier, each with a generator of its own."""
        parts = []
        for rng in self.rng.spawn(count):
            part = Run(self.model, self.ledger, rng, self._verifier, self._sink, self.journal)
            part._shared = self._shared
            parts.append(part)
        return parts

    def verifier(self, needed_by: str, steps: bool = False, together: bool = False) -> Verifier:
        """The run's verifier.

        Args:
            needed_by: who asks, for messages.
            steps: whether it must judge partial answers.
            together: whether one call will judge all answers, so that it may compare them.

        Raises:
            MissingCapabilityError: if there is none, or if it cannot do what is asked for.
        """
        if self._verifier is None:
            what = "a verifier that judges steps" if steps else "a verifier"
            raise MissingCapabilityError(
                needed_by, what, "this run", "name one with --verifier, or see: outlay verifiers list"
            )
        if steps and self._verifier.info.judges is not Judges.STEPS:
            raise MissingCapabilityError(
                needed_by, "verdicts on steps", f"verifier {self._verifier.info.name!r}",
                "process_reward and step_check offer them",
            )  # fmt: skip
        if self._verifier.info.comparative and not together:
            raise MissingCapabilityError(
                needed_by, "verdicts on one answer at a time", f"{self._verifier.info.name!r}, which compares,",
                "best_of_n and weighted_vote take verifiers that compare",
            )  # fmt: skip
        return self._verifier

    async def sample(
        self,
        trajectory: Trajectory,
        n: int = 1,
        *,
        one_step: bool = False,
        temperature: float = 1.0,
        top_p: float = 1.0,
        stop: Sequence[str] = (),
        max_tokens: int | None = None,
    ) -> AsyncIterator[tuple[int, Trajectory]]:
        """Continue a trajectory n times, to the end or by one step; yields (index, longer trajectory) as they finish.

        A sample also ends with ``Finish.STEP`` after any of ``stop``. ``max_tokens`` replaces the step rule's limit.

        If the worst case of all n fits the budget they are one call; if not, each is reserved on its own, first come,
        first served, until the budget is out.
        """
        seeds = tuple(int(seed) for seed in self.rng.integers(0, 2**31, size=n))
        rule = trajectory.problem.step_rule
        most, ends = (rule.max_step_tokens, rule.separators) if one_step else (rule.max_tokens, ())
        request = SampleRequest(trajectory, seeds, max_tokens or most, temperature, top_p, (*ends, *stop))
        if n == 1 or self.ledger.fits(self.model.bound(request)):
            calls = [(request, tuple(range(n)))]
        else:
            calls = [(replace(request, seeds=(seed,)), (index,)) for index, seed in enumerate(seeds)]
        finished = self._finished(calls)
        missing = n
        try:
            async with aclosing(finished):  # type: ignore[type-var]
                async for index, longer in finished:
                    missing -= 1
                    self.emit(SampleFinished(longer, index))
                    yield index, longer
        finally:
            if missing:
                self.emit(SamplesMissing(trajectory, missing))

    async def sample_one(
        self,
        trajectory: Trajectory,
        *,
        one_step: bool = False,
        temperature: float = 1.0,
        stop: Sequence[str] = (),
        max_tokens: int | None = None,
    ) -> Trajectory | None:
        """One continuation of a trajectory, as ``sample`` makes it; None if the budget cannot pay for it."""
        found: Trajectory | None = None
        samples = self.sample(trajectory, one_step=one_step, temperature=temperature, stop=stop, max_tokens=max_tokens)
        async with aclosing(samples):  # type: ignore[type-var]
            async for _, longer in samples:
                found = longer
        return found

    async def judge(self, trajectories: Sequence[Trajectory], verifier: Verifier) -> list[Verdict] | None:
        """One verdict for each trajectory, or None if the budget cannot pay for them."""
        if not trajectories:
            return []
        try:
            verdicts = await verifier.judge(trajectories[0].problem, trajectories, self)
        except BudgetExhausted as refused:
            self._shared.exhausted = self._shared.exhausted or refused.limit
            return None
        for trajectory, verdict in zip(trajectories, verdicts, strict=True):
            self.emit(VerdictGiven(trajectory, verdict))
        return verdicts

    async def judge_one(self, trajectory: Trajectory, verifier: Verifier) -> Verdict | None:
        """The verdict on one trajectory; None if the verifier cannot tell, or if the budget cannot pay for it."""
        verdicts = await self.judge([trajectory], verifier)
        return verdicts[0] if verdicts and verdicts[0].judged else None

    async def score(self, trajectory: Trajectory, text: str) -> float | None:
        """Log-probability of a text as continuation of a trajectory, or None if the budget cannot pay for it.

        Raises:
            MissingCapabilityError: if the model cannot score given text.
        """
        reading = self.model.bound(SampleRequest(trajectory, (0,), 1))
        # No tokeniser makes more tokens of a text than it has bytes.
        bound = reading + self.model.info.cost(prompt=len(text.encode()), calls=1)
        try:
            async with self.ledger.reserve(bound) as reservation:
                (scored,) = await self.model.score(trajectory, [text], reservation.charge)
        except BudgetExhausted as refused:
            self._shared.exhausted = self._shared.exhausted or refused.limit
            return None
        return scored.total

    async def _finished(self, calls: Sequence[tuple[SampleRequest, tuple[int, ...]]]) -> _Samples:
        """What the calls yield, as it comes. They go on while the caller is busy, so that none holds up the ledger."""
        if len(calls) == len(calls[0][1]) == 1:
            # Samples asked for at the same time see the same ledger, whether or not the first one waits for anything.
            await checkpoint()
            arrived: list[_Item] = []
            await self._call(*calls[0], arrived.append)
            for item in arrived:
                if isinstance(item, OutlayError):
                    raise item
                yield item
            return
        sender, receiver = anyio.create_memory_object_stream[_Item](math.inf)
        failure: OutlayError | None = None
        with receiver:
            async with anyio.create_task_group() as group:
                for request, indices in calls:
                    group.start_soon(self._call_and_close, request, indices, sender.clone())
                sender.close()
                try:
                    async for item in receiver:
                        if isinstance(item, OutlayError):
                            failure = item
                            break
                        yield item
                except GeneratorExit:
                    # Passed on, it would leave the task group inside an exception group, which aclose() would raise.
                    pass
                group.cancel_scope.cancel()
        if failure is not None:
            raise failure

    async def _call_and_close(
        self, request: SampleRequest, indices: tuple[int, ...], arrived: MemoryObjectSendStream[_Item]
    ) -> None:
        with arrived:
            await self._call(request, indices, arrived.send_nowait)

    async def _call(self, request: SampleRequest, indices: tuple[int, ...], deliver: Callable[[_Item], None]) -> None:
        if self.exhausted:
            return
        try:
            async with self.ledger.reserve(self.model.bound(request)) as reservation:
                samples = self.model.sample(request, reservation.charge)
                async with aclosing(samples):  # type: ignore[type-var]
                    async for sample in samples:
                        longer = request.trajectory.extend(sample.step, sample.finish)
                        deliver((indices[sample.index], longer))
        except BudgetExhausted as refused:
            self._shared.exhausted = self._shared.exhausted or refused.limit
        except OutlayError as error:
            # As an item it comes after the samples that were paid for, and bare instead of in an exception group.
            deliver(error)
