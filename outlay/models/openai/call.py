"""One call: some samples of one request, asked for again until each is there or no attempt is left."""

from collections.abc import Callable, Sequence

import anyio

from outlay.core.errors import EndpointRefusedError, MalformedReplyError, ModelError, ModelUnavailableError
from outlay.core.model import Meter, Sample, SampleRequest
from outlay.core.trajectory import Step
from outlay.models.openai.accounting import Bill, samples_started
from outlay.models.openai.body import post
from outlay.models.openai.connection import Connection
from outlay.models.openai.reading import Choice, Reading
from outlay.models.openai.settings import OpenAISettings
from outlay.wire.failures import AttemptFailedError

Deliver = Callable[[Sample], None]


class Call:
    """Asks for the samples of a request that have some indices, in one stream.

    Each choice is delivered when it ends, once, whatever becomes of its stream; only the last of a stream
    is held until the stream is over, so that everything is charged by the time that the last sample
    arrives. What a broken stream left unfinished is asked for again with its own first seed, after a pause,
    as long as attempts are left and the worst case of one more keeps the sum within the call's bound.
    """

    def __init__(
        self,
        settings: OpenAISettings,
        connection: Connection,
        request: SampleRequest,
        indices: Sequence[int],
        meter: Meter,
    ) -> None:
        self._settings = settings
        self._connection = connection
        self._request = request
        self._missing = list(indices)
        self._bill = Bill(settings, request, len(indices), meter)

    async def run(self, deliver: Deliver) -> None:
        """Deliver every sample.

        Raises:
            EndpointRefusedError: if the server refuses the request.
            ModelUnavailableError: if it still fails after all attempts, or if another could pass the bound.
            MalformedReplyError: if its last reply was not of the protocol.
        """
        failures = 0
        while self._missing:
            failure = await self._attempt(deliver)
            if failure is None or not self._missing:
                return
            failures += 1
            if failures > self._settings.max_retries:
                raise self._given_up(failure, f"after {failures} attempts")
            if not self._bill.affords(len(self._missing)):
                raise self._given_up(
                    failure,
                    "and another attempt could pass what was reserved; spare_attempts reserves for more",
                )
            await self._connection.pause(failures, failure.retry_after)

    async def _attempt(self, deliver: Deliver) -> AttemptFailedError | None:
        reading = Reading(self._missing, self._connection.failures)
        failed: AttemptFailedError | EndpointRefusedError | None = None
        try:
            await self._read(reading, deliver)
        except (AttemptFailedError, EndpointRefusedError) as error:
            failed = error
            if isinstance(error, AttemptFailedError) and error.lost:
                self._abandon(reading)
        except anyio.get_cancelled_exc_class():
            self._abandon(reading)
            raise
        finally:
            self._missing = reading.unfinished
            self._bill.settle(reading)
        for choice in reading.finished:
            deliver(self._sample(choice, reading))
        if isinstance(failed, EndpointRefusedError):
            raise failed
        return failed

    def _abandon(self, reading: Reading) -> None:
        """Charge for what nobody will hear of: a whole reply that was on its way."""
        if reading.sent and not reading.begun and not self._settings.stream:
            self._bill.abandon(reading)

    async def _read(self, reading: Reading, deliver: Deliver) -> None:
        asked = post(self._settings, self._request, self._missing)
        async with self._connection.events(asked, reading.mark_sent) as events:
            async for data in events:
                reading.feed(data)
                while reading.finished and reading.unfinished:
                    choice = reading.finished.pop(0)
                    self._bill.ended(choice)
                    deliver(self._sample(choice, reading))
        reading.check_end()

    def _sample(self, choice: Choice, reading: Reading) -> Sample:
        if self._settings.logprobs and choice.text and not choice.logprobs:
            raise EndpointRefusedError(
                f"{self._settings.host} gave no log-probabilities when asked; set logprobs=false for it"
            )
        text, finish = choice.ending(self._request)
        # The server counts a whole stream: its count is a choice's own where there is one choice.
        alone = reading.usage if len(reading.choices) == 1 else None
        tokens = alone.completion if alone else self._bill.tokens(choice)
        exact = alone is not None or bool(choice.logprobs)
        step = Step(
            text=text,
            parent=self._request.trajectory.last,
            logprobs=tuple(choice.logprobs) if self._settings.logprobs else None,
            cost=self._settings.info.cost(
                completion=tokens, samples=samples_started(self._request), estimated=not exact
            ),
        )
        return Sample(choice.index, step, finish)

    def _given_up(self, failure: AttemptFailedError, why: str) -> ModelError:
        kind = MalformedReplyError if failure.malformed else ModelUnavailableError
        return kind(f"{self._settings.info.name} at {self._settings.host} failed, {why}; last: {failure.reason}")
