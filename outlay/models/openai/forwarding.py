"""A chat request passed on as it came: what the server answers, piece by piece, and paid like any other."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import aiohttp
import anyio

from outlay.core.errors import MalformedReplyError, ModelUnavailableError
from outlay.core.model import Meter, SampleRequest
from outlay.models.openai.accounting import Bill
from outlay.models.openai.client import OpenAIModel
from outlay.models.openai.raw_message import on_the_wire
from outlay.models.openai.reading import Reading
from outlay.models.openai.server_sent_events import events
from outlay.wire.connection import pieces
from outlay.wire.failures import AttemptFailedError


async def forward(
    model: OpenAIModel, request: SampleRequest, fields: Mapping[str, Any], stream: bool, meter: Meter
) -> AsyncGenerator[dict[str, Any], None]:
    """The server's chunks as they come, or its whole reply; leaving early closes the connection.

    An attempt that brought nothing is made again, as often as the model's settings say.

    Args:
        model: where the request goes.
        request: what it asks, for what it costs; ``model.bound(request)`` is what it may cost.
        fields: of the body, beside the messages, the model's name and the limit of tokens.
        stream: whether the reply is to come piece by piece.
        meter: told what is spent.

    Raises:
        EndpointRefusedError: if the server refuses the request.
        ModelUnavailableError: if it fails after all attempts, or breaks off.
        MalformedReplyError: if its reply is not of the protocol.
    """
    bill = Bill(model, request, len(request.seeds), meter)
    body = _body(model, request, fields, stream)
    failures = 0
    while True:
        reading = Reading(range(len(request.seeds)), model.connection.failures)
        try:
            async with aclosing(_attempt(model, body, reading)) as values:
                async for value in values:
                    yield value
            reading.check_end()
        except AttemptFailedError as error:
            failures += 1
            if reading.begun or failures > model.max_retries:
                kind = MalformedReplyError if error.malformed else ModelUnavailableError
                raise kind(f"{model.info.name} at {model.host} failed: {error.reason}") from None
            _abandon(bill, reading, error.lost and not stream)
            if not bill.affords(len(request.seeds)):
                raise ModelUnavailableError(f"{model.info.name} at {model.host} failed: {error.reason}") from None
            await model.connection.pause(failures, error.retry_after)
        except anyio.get_cancelled_exc_class():
            _abandon(bill, reading, not stream)
            raise
        else:
            return
        finally:
            bill.settle(reading)


async def _attempt(model: OpenAIModel, body: dict[str, Any], reading: Reading) -> AsyncGenerator[dict[str, Any], None]:
    posted = model.connection.post("chat/completions", body, reading.mark_sent)
    async with posted as response, aclosing(_data(response)) as found:
        async for data in found:
            reading.feed(data)
            if not reading.done:
                yield json.loads(data)


async def _data(response: aiohttp.ClientResponse) -> AsyncGenerator[str, None]:
    """The data of events; a reply that comes whole counts as one."""
    if response.headers.get("content-type", "").startswith("text/event-stream"):
        async with aclosing(events(pieces(response))) as found:
            async for data in found:
                yield data
    else:
        yield (await response.read()).decode("utf-8", "replace")


def _body(model: OpenAIModel, request: SampleRequest, fields: Mapping[str, Any], stream: bool) -> dict[str, Any]:
    body = {
        **model.fields,
        **fields,
        "model": model.model,
        "messages": [on_the_wire(message) for message in request.trajectory.problem.messages],
        model.token_limit.value: request.max_tokens,
    }
    if stream:
        body["stream"] = True
        if model.usage:
            body["stream_options"] = {"include_usage": True}
    return body


def _abandon(bill: Bill, reading: Reading, whole: bool) -> None:
    """Charge for what nobody will hear of: a whole reply that was on its way."""
    if whole and reading.sent and not reading.begun:
        bill.abandon(reading)
