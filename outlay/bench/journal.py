"""A model that remembers: every finished sample is on disk before it is handed on, and is never paid for again.

What is served from the journal is charged to the run as it was the first time, so that the ledger of a resumed run is
that of an unbroken one. What a process really pays is told to a meter of its own. Two things need care:

- A call that was killed half-way has been charged its prompt already, and will be charged it again when the samples
  that it still lacks are asked for. What the recorded charges hold beyond the recorded samples is therefore a credit.
- A step from the journal has lost its ``model_state``, so the model reads its tokens afresh. The run is charged for
  them as the cache hits that they would have been.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from outlay.bench.grid import digest
from outlay.bench.sample_log import RecordedSample, SampleLog
from outlay.core.cost import NOTHING, Cost
from outlay.core.model import LanguageModel, Meter, ModelInfo, Sample, SampleRequest, Scored
from outlay.core.trajectory import Step, Trajectory

Replay = Callable[[Meter, Cost], None]
"""Charges a run's meter with what was paid before."""


def charge(meter: Meter, cost: Cost) -> None:
    """Charge it."""
    meter(cost)


class JournaledModel:
    """Another model, with everything that it finishes in one trial written down.

    Args:
        inner: the model that is asked for what the journal lacks.
        log: the journal of one trial.
        paid: told what this process really pays.
        elapsed: seconds since the trial began.
        replay: charges the run's meter with what was paid before.
        whose: sets apart what a verifier's own model is asked.
    """

    def __init__(
        self,
        inner: LanguageModel,
        log: SampleLog,
        paid: Meter,
        elapsed: Callable[[], float],
        replay: Replay = charge,
        whose: str = "",
    ) -> None:
        self._inner = inner
        self._whose = whose
        self._replay = replay
        self._log = log
        self._paid = paid
        self._elapsed = elapsed
        self._asked: Counter[str] = Counter()
        self._cold: dict[int, Step] = {}
        """Steps that had a state when they were made and lost it; the values keep the identities in use."""

    @property
    def info(self) -> ModelInfo:
        """The inner model's card."""
        return self._inner.info

    def bound(self, request: SampleRequest) -> Cost:
        """The most that a request can be charged."""
        return self._as_warm(self._inner.bound(request), request.trajectory)

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        """The request's samples: those from the journal in the order in which they finished, then the others."""
        names = self._names(request)
        call = digest([*names])
        known = self._log.samples(names)
        missing = [i for i, name in enumerate(names) if name not in known]
        account = _Account(meter, self._paid, self._replay, lambda cost: self._as_warm(cost, request.trajectory))
        replayed = True
        try:
            for name, record in known.items():
                account.replay(record)
                yield Sample(names.index(name), self._revive(record, request.trajectory), record.finish)
            if not missing:
                return
            replayed = False
            rest = replace(request, seeds=tuple(request.seeds[i] for i in missing))
            async with aclosing(self._inner.sample(rest, account.spend)) as samples:  # type: ignore[type-var]
                async for sample in samples:
                    step = replace(sample.step, cost=self._as_warm(sample.step.cost, request.trajectory))
                    found = Sample(missing[sample.index], step, sample.finish)
                    self._log.add(names[found.index], found, account.take(), self._elapsed())
                    yield found
        finally:
            tail = self._log.tail(call) if replayed else None
            if tail is not None:
                self._replay(meter, tail)
            elif account.untold != NOTHING:
                self._log.add_tail(call, account.untold)

    async def score(self, trajectory: Trajectory, texts: Sequence[str], meter: Meter) -> list[Scored]:
        """Log-probabilities of texts, asked for once."""
        name = self._numbered(digest([f"{self._whose}score", *_context(trajectory), list(texts)]))
        known = self._log.scores(name)
        if known is not None:
            self._replay(meter, known.charged)
            return [Scored(text, logprobs) for text, logprobs in zip(texts, known.logprobs, strict=True)]
        account = _Account(meter, self._paid, self._replay, lambda cost: cost)
        scored = await self._inner.score(trajectory, texts, account.spend)
        self._log.add_scores(name, [one.logprobs for one in scored], account.take())
        return scored

    def _names(self, request: SampleRequest) -> list[str]:
        """A name for each seed of a request; asked for again, it gets another."""
        common = [
            *_context(request.trajectory), request.max_tokens, request.temperature, request.top_p, list(request.stop)
        ]  # fmt: skip
        return [self._numbered(digest([f"{self._whose}sample", *common, seed])) for seed in request.seeds]

    def _numbered(self, name: str) -> str:
        self._asked[name] += 1
        return f"{name}-{self._asked[name]}"

    def _revive(self, record: RecordedSample, trajectory: Trajectory) -> Step:
        step = Step(record.text, trajectory.last, record.token_ids, record.logprobs, record.cost)
        if record.stateful:
            self._cold[id(step)] = step
        return step

    def _as_warm(self, cost: Cost, trajectory: Trajectory) -> Cost:
        """A cost with the tokens of steps that lost their state moved from prompt to cached."""
        if not self._cold:
            return cost
        lost = sum(step.cost.completion_tokens for step in trajectory.steps if id(step) in self._cold)
        moved = min(lost, cost.prompt_tokens)
        info = self.info
        return replace(
            cost,
            prompt_tokens=cost.prompt_tokens - moved,
            cached_tokens=cost.cached_tokens + moved,
            dollars=max(0.0, cost.dollars - moved * (info.prompt_price - info.cached_price) / 1e6),
            flops=max(0.0, cost.flops - moved * info.flops_per_token),
        )


@dataclass(slots=True)
class _Account:
    """Passes charges on to the run, less the credit, and keeps what no record has told of yet."""

    run: Meter
    paid: Meter
    replayed: Replay
    as_warm: Callable[[Cost], Cost]
    credit: Cost = NOTHING
    untold: Cost = NOTHING

    def replay(self, record: RecordedSample) -> None:
        """Charge what the run was charged up to a recorded sample."""
        self.replayed(self.run, record.charged)
        self.credit = self.credit + record.charged
        self.credit = self.credit.less(record.cost)

    def spend(self, cost: Cost) -> None:
        """The meter for the inner model."""
        self.paid(cost)
        warm = self.as_warm(cost)
        due = warm.less(self.credit)
        self.credit = self.credit.less(warm)
        self.untold = self.untold + due
        self.run(due)

    def take(self) -> Cost:
        """What was charged since the last record."""
        untold, self.untold = self.untold, NOTHING
        return untold


def _context(trajectory: Trajectory) -> list[object]:
    messages = [[message.role, message.content] for message in trajectory.problem.messages]
    return [messages, [step.text for step in trajectory.steps]]
