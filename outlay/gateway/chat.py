"""``/v1/chat/completions``."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

import anyio

from outlay.answering.answerer import Reply
from outlay.core.catalogue import parse
from outlay.core.ledger import Ledger
from outlay.core.model import LanguageModel
from outlay.gateway.accounts import Wanted
from outlay.gateway.asking import Work, validated, work_of
from outlay.gateway.beside import beside
from outlay.gateway.chat_request import ChatRequest
from outlay.gateway.choosing import choose
from outlay.gateway.completion import Completion, account_of
from outlay.gateway.endpoint import Exchange
from outlay.gateway.errors import RefusedError
from outlay.gateway.event_stream import EventStream
from outlay.gateway.options import Options
from outlay.gateway.passing import Passing
from outlay.gateway.shape import ChatShape, Shape
from outlay.gateway.solving import Progress, solved

GRACE = 5.0
"""Seconds that a request may take beyond its own deadline, before it is cut off."""


def as_it_is(model: LanguageModel) -> LanguageModel:
    """The model."""
    return model


async def chat(exchange: Exchange) -> None:
    """Answer a chat request."""
    await answer(exchange, validated(ChatRequest, exchange.body), ChatShape())


async def answer(
    exchange: Exchange,
    request: ChatRequest,
    shape: Shape,
    asked: Callable[[LanguageModel], LanguageModel] = as_it_is,
) -> None:
    """Answer a request for a chat, or what another path of the API makes one of.

    Args:
        exchange: the request and the way back.
        request: what is asked.
        shape: in which words the reply is told.
        asked: the model that is asked, in place of the configured one.
    """
    options = checked(exchange, request)
    work = prepare(exchange, request, options, asked)
    completion = Completion(request.model, exchange.trace)
    wanted = Wanted(exchange.trace, exchange.key, work.budget, work.least)
    whole: dict[str, Any] | None = None
    async with exchange.gateway.turn(wanted) as ledger:
        try:
            with anyio.fail_after((work.budget.seconds or 0) + GRACE):
                if request.stream:
                    await _stream(exchange, request, options, work, completion, shape, ledger)
                elif work.forwarded is not None:
                    whole = await Passing(work, request.model, exchange.trace).whole(ledger)
                else:
                    replies = await solved(work, ledger, Progress().see)
                    account = account_of(work, replies, ledger.spent, exchange.trace, options.candidates)
                    whole = completion.whole(replies, ledger.spent, account)
        finally:
            exchange.paid(work.choice.name, parse_name(work.choice.told), ledger.spent)
    # Everything is booked before the client can know that its request is over.
    if whole is not None:
        await exchange.reply(shape.whole(whole))
    elif exchange.stream is not None:
        for name, value in shape.end():
            await exchange.stream.event(value, name)
        await exchange.stream.end(shape.done)


def checked(exchange: Exchange, request: ChatRequest) -> Options:
    """What a request that is not too large says to the gateway.

    Raises:
        RefusedError: naming what is not as it should be.
    """
    limits = exchange.gateway.configuration.limits
    if len(request.messages) > limits.messages:
        raise RefusedError(400, f"a request has {limits.messages} messages at most", param="messages")
    if (request.n or 1) > limits.choices:
        raise RefusedError(400, f"n is {limits.choices} at most", param="n")
    return options_of(exchange, request.outlay)


def options_of(exchange: Exchange, given: Options) -> Options:
    """The options of the body and those of the headers.

    Raises:
        RefusedError: if a header's value is not one.
    """
    options: Options = validated(Options, given.over(exchange.request.headers))
    return options


def prepare(
    exchange: Exchange, request: ChatRequest, options: Options, asked: Callable[[LanguageModel], LanguageModel]
) -> Work:
    """What the request comes to; fields that are not known are named in a header.

    Raises:
        RefusedError: if some of it cannot be honoured.
        InvalidInputError: if it names something that is not there.
    """
    gateway = exchange.gateway
    choice = choose(gateway.configuration, request.model, options)
    gateway.allow(exchange.key, choice.name)
    work = work_of(request, choice, asked(gateway.model(choice.name)), gateway.verifier(choice.verifier))
    if work.unknown:
        named = ", ".join(work.unknown).encode("ascii", "backslashreplace").decode()
        exchange.headers["x-outlay-warning"] = "".join(filter(str.isprintable, f"unknown fields: {named}"[:500]))
    return work


def parse_name(strategy: str) -> str:
    """A strategy's name without its settings."""
    return parse(strategy, "strategy").name


async def _stream(
    exchange: Exchange,
    request: ChatRequest,
    options: Options,
    work: Work,
    completion: Completion,
    shape: Shape,
    ledger: Ledger,
) -> None:
    events = exchange.events()

    async def send(chunk: dict[str, Any]) -> None:
        for name, value in shape.events(chunk):
            await events.event(value, name)

    async def passed() -> None:
        passing = Passing(work, request.model, exchange.trace)
        async with aclosing(passing.chunks(ledger, request.counts_stream)) as chunks:
            async for chunk in chunks:
                await send(chunk)

    async def answered() -> None:
        how = options.progress or exchange.gateway.configuration.progress
        replies = await _told(work, ledger, events, send, completion, how)
        account = account_of(work, replies, ledger.spent, exchange.trace, options.candidates)
        for chunk in completion.chunks(replies, account):
            await send(chunk)
        if request.counts_stream:
            await send(completion.last(ledger.spent))

    await beside(events.keep_alive, answered if work.forwarded is None else passed)


async def _told(
    work: Work,
    ledger: Ledger,
    events: EventStream,
    send: Callable[[dict[str, Any]], Awaitable[None]],
    completion: Completion,
    how: str,
) -> list[Reply]:
    """The answers, and on the way to them what goes on, as comments or as reasoning."""
    progress = Progress()
    if how == "none":
        return await solved(work, ledger, progress.see)

    async def tell() -> None:
        while True:
            await progress.changed.wait()
            progress.changed = anyio.Event()
            said = f"{progress}, {ledger.spent.tokens} tokens"
            if how == "comments":
                await events.comment(said)
            else:
                await send(completion.chunk({"reasoning_content": f"{said}\n"}))

    return await beside(tell, lambda: solved(work, ledger, progress.see))
