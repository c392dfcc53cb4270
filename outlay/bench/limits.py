"""How many calls may be under way to a model at a time, however many questions and judges ask it."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import fields, is_dataclass, replace
from typing import Any, cast

import anyio

from outlay.bench.fields import Fields
from outlay.core.cost import Cost
from outlay.core.errors import UnknownNameError
from outlay.core.model import Capability, LanguageModel, Meter, ModelInfo, Sample, SampleRequest, Scored
from outlay.core.trajectory import Trajectory

AT_A_TIME = 4
"""Questions that are worked on at a time where nothing is said."""


def read_concurrency(given: Fields) -> tuple[int, Mapping[str, int]]:
    """Questions at a time, and calls under way by endpoint: a number, or a table that may have both.

    Raises:
        InvalidInputError: naming the key and what would be right.
    """
    table = given.get("concurrency")
    if not isinstance(table, Mapping):
        return given.whole("concurrency", 1, 8, default=AT_A_TIME), {}
    inner = Fields(table, f"{given.where}: concurrency")
    limits = {name.rstrip("/"): inner.whole(name, 1, 8) for name in table if name != "questions"}
    return inner.whole("questions", 1, 8, default=AT_A_TIME), limits


def endpoints(model: LanguageModel) -> tuple[str, ...]:
    """The names that a limit can have: the model's own, and its server's URL if it has one."""
    url = getattr(model, "base_url", "")
    return (model.info.name, *([url.rstrip("/")] if url else []))


def require_known(limits: Mapping[str, int], parts: Sequence[object]) -> None:
    """Refuse limits of what no part of an experiment asks.

    Args:
        limits: by endpoint.
        parts: models, and verifiers that may have some of their own.

    Raises:
        UnknownNameError: with the nearest known endpoint.
    """
    known = {name for part in parts for model in _models(part) for name in endpoints(model)}
    for name in limits:
        if name not in known:
            raise UnknownNameError("model or server in concurrency:", name, {*known, "questions"})


class Limits:
    """Keeps the limits of one process.

    Args:
        limits: calls under way at a time, by endpoint.
    """

    def __init__(self, limits: Mapping[str, int]) -> None:
        self._permits = {name: Permits(limit) for name, limit in limits.items()}

    def of(self, model: LanguageModel) -> LanguageModel:
        """The model, held to its limits if it has any."""
        names = endpoints(model)
        found = [permits for name, permits in self._permits.items() if name in names]
        return LimitedModel(model, found) if found else model


class Permits:
    """Permits for calls, handed out in order of arrival.

    Args:
        limit: how many there are.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._free = anyio.Semaphore(limit)
        self._turn = anyio.Lock()

    @asynccontextmanager
    async def held(self, count: int) -> AsyncIterator[None]:
        """So many permits, at most ``limit``, taken together."""
        taken = 0
        try:
            async with self._turn:
                while taken < count:
                    await self._free.acquire()
                    taken += 1
            yield
        finally:
            for _ in range(taken):
                self._free.release()


class LimitedModel:
    """Another model, of which no more calls are under way than there are permits.

    A call keeps its permit while it waits to be repeated, so a server that says it is busy is asked by fewer. A model
    that makes one sample a call is asked for as many at once as there are permits, and for the rest after them.

    Args:
        inner: the model.
        permits: of each of its limits; always in the same order, or two calls could wait for each other.
    """

    def __init__(self, inner: LanguageModel, permits: Sequence[Permits]) -> None:
        self._inner = inner
        self._permits = permits

    @property
    def info(self) -> ModelInfo:
        """The inner model's card."""
        return self._inner.info

    def bound(self, request: SampleRequest) -> Cost:
        """The most that a request can cost."""
        return self._inner.bound(request)

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        """The request's samples as they finish."""
        together = Capability.SEVERAL in self.info.capabilities
        count = len(request.seeds)
        size = count if together else min(permits.limit for permits in self._permits)
        for first in range(0, count, size):
            part = replace(request, seeds=request.seeds[first : first + size])
            async with self._held(1 if together else len(part.seeds)):
                samples = self._inner.sample(part, meter)
                async with aclosing(samples):  # type: ignore[type-var]
                    async for sample in samples:
                        yield replace(sample, index=first + sample.index)

    async def score(self, trajectory: Trajectory, texts: Sequence[str], meter: Meter) -> list[Scored]:
        """Log-probabilities of texts as continuations of a trajectory."""
        async with self._held(1):
            return await self._inner.score(trajectory, texts, meter)

    @asynccontextmanager
    async def _held(self, count: int) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for permits in self._permits:
                await stack.enter_async_context(permits.held(count))
            yield


def _models(part: object) -> Iterator[LanguageModel]:
    """A model, or the models in a part's settings, at any depth."""
    if isinstance(part, list | tuple):
        for one in part:
            yield from _models(one)
    elif hasattr(part, "bound") and hasattr(part, "sample"):
        yield cast("LanguageModel", part)
    elif is_dataclass(part):
        settings = [field for field in fields(cast("Any", part)) if field.init and field.name != "info"]
        for field in settings:
            yield from _models(getattr(part, field.name))
