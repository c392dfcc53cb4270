"""A language model behind an OpenAI-compatible server."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NoReturn

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from outlay.core.cost import NOTHING, Cost
from outlay.core.errors import MissingCapabilityError, OutlayError
from outlay.core.model import Capability, Meter, Sample, SampleRequest
from outlay.core.trajectory import Trajectory
from outlay.models.openai.accounting import bound
from outlay.models.openai.call import Call
from outlay.models.openai.connection import Connection
from outlay.models.openai.settings import Api, Continuation, OpenAISettings

_Item = Sample | OutlayError


@dataclass(frozen=True)
class OpenAIModel(OpenAISettings):
    """Asks any OpenAI-compatible server; the settings say what the server can do.

    Samples arrive as the server finishes them. Streams are read by tasks of their own, so that a slow
    consumer keeps no request open, and one that makes further requests while it consumes waits for no
    permit that it holds itself. Log-probabilities are taken as the server gives them; those of a stop
    string's tokens may be among them.

    Example:
        >>> model = OpenAIModel("some-model", base_url="http://localhost:8000/v1", several=False)
        >>> sorted(model.info.capabilities)
        [<Capability.SEED: 'seed'>]
    """

    @cached_property
    def _connection(self) -> Connection:
        return Connection(self)

    @property
    def connection(self) -> Connection:
        """The way to the server, for requests that are passed on as they are."""
        return self._connection

    def sending(self, fields: Mapping[str, Any]) -> "OpenAIModel":
        """The same model over the same connections, with more fields in each chat request."""
        return self._like(replace(self), {**self.fields, **fields})

    def continuing(self) -> "OpenAIModel":
        """The same model over the same connections, which continues prompts as they are."""
        changes = {"api": Api.COMPLETIONS, "continuation": Continuation.NONE, "template": "{prompt}"}
        return self._like(replace(self, **changes), self.fields)  # type: ignore[arg-type]

    def _like(self, other: "OpenAIModel", fields: Mapping[str, Any]) -> "OpenAIModel":
        object.__setattr__(other, "fields", dict(fields))
        other.__dict__["_connection"] = self._connection
        return other

    @property
    def retries(self) -> int:
        """How many requests were made again so far, because the server was busy or failed."""
        return self._connection.retries

    def bound(self, request: SampleRequest) -> Cost:
        """The most that a request can cost.

        Prompt tokens are bounded by the bytes of their text and an allowance for the chat template,
        completions by ``max_tokens`` each, and all of it by ``1 + spare_attempts`` attempts. Attempts that
        the server refuses or that fail before it begins to answer cost nothing. One that breaks off later
        is charged for what it generated, and made again only if the worst case of another one still fits.
        """
        costs = [bound(self, request, len(indices)) for indices in self._shares(request)]
        return sum(costs, NOTHING)

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        """The request's samples as they finish.

        Raises:
            MissingCapabilityError: if a partial answer is to be continued and cannot be.
            EndpointRefusedError: if the server refuses the key, the model's name or the request.
            ModelUnavailableError: if the server fails after all retries.
            MalformedReplyError: if its replies are not of the protocol after all retries.
        """
        self._check_continuation(request.trajectory)
        calls = [Call(self, self._connection, request, indices, meter) for indices in self._shares(request)]
        failure: OutlayError | None = None
        if len(calls) == 1 and not self.stream:
            # Nothing is left on the wire when the samples of a whole reply are there: no task has to read on.
            arrived: list[Sample] = []
            try:
                await calls[0].run(arrived.append)
            except OutlayError as error:
                failure = error
            for sample in arrived:
                yield sample
            if failure is not None:
                raise failure
            return
        sender, receiver = anyio.create_memory_object_stream[_Item](len(request.seeds) + len(calls))
        with receiver:
            async with anyio.create_task_group() as group:
                for call in calls:
                    group.start_soon(_run, call, sender.clone())
                sender.close()
                try:
                    async for item in receiver:
                        if isinstance(item, OutlayError):
                            failure = item
                            break
                        yield item
                except GeneratorExit:
                    # Passed on, it would leave the task group inside an exception group, which aclose()
                    # would raise.
                    pass
                group.cancel_scope.cancel()
        if failure is not None:
            raise failure

    async def score(
        self,
        trajectory: Trajectory,
        texts: Sequence[str],
        meter: Meter,
    ) -> NoReturn:
        """Not offered.

        Raises:
            MissingCapabilityError: always.
        """
        raise self._lacks("scoring given text", "log-probabilities of given text", Capability.SCORE)

    async def aclose(self) -> None:
        """Close the connections; the next request opens new ones."""
        await self._connection.aclose()

    def _shares(self, request: SampleRequest) -> list[Sequence[int]]:
        indices = range(len(request.seeds))
        return [indices] if self.several else [[index] for index in indices]

    def _check_continuation(self, trajectory: Trajectory) -> None:
        if trajectory.text and not self.continues:
            raise self._lacks(
                "continuing a partial answer", "a continued final message", Capability.CONTINUATION,
                "set continuation=continue_final_message for vLLM and SGLang, or continuation=completions",
            )  # fmt: skip

    def _lacks(self, needed_by: str, what: str, capability: Capability, offer: str = "") -> MissingCapabilityError:
        others = f"models with the capability {capability.value!r} do: outlay models list"
        return MissingCapabilityError(needed_by, what, f"model {self.info.name!r}", offer or others)


async def _run(call: Call, sender: MemoryObjectSendStream[_Item]) -> None:
    with sender:
        try:
            await call.run(sender.send_nowait)
        except OutlayError as error:
            # As an item it comes after the samples that were paid for, and bare instead of in an exception
            # group.
            sender.send_nowait(error)
