"""Leaving early closes the connection, frees the permit and charges what was generated."""

from contextlib import aclosing

import anyio
import pytest

from outlay.core.cost import Cost
from outlay.models.openai import OpenAIModel
from tests.models.openai.conftest import Asker, MakeRequest, check_bound
from tests.models.openai.misbehaving_server import MisbehavingServer, delta, good, good_for_n, stall

pytestmark = pytest.mark.anyio


async def leave_after_the_first(model: OpenAIModel, asker: Asker, make_request: MakeRequest) -> None:
    async with aclosing(model.sample(make_request((1, 2, 3)), asker.charges.append)) as samples:
        async for _ in samples:
            break


async def test_leaving_the_iterator_closes_the_connection(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [stall(delta(1, "done", "stop"), delta(0, "under way"))]
    await leave_after_the_first(asker.model(), asker, make_request)
    with anyio.fail_after(10):
        await server.client_left.wait()
    # What the server may have sent of choice 0 by then is charged too, so its tokens depend on the moment.
    assert asker.spent.completion_tokens in {1, 4}
    assert (asker.spent.calls, asker.spent.samples, asker.spent.estimated) == (1, 3, True)


async def test_leaving_ends_every_request_of_one(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [good()]
    server.otherwise = stall(delta(0, "under way"))
    await leave_after_the_first(asker.model(several=False), asker, make_request)
    with anyio.fail_after(10):
        while server.open:  # noqa: ASYNC110 (the server has no event for it)
            await anyio.sleep(0.001)
    assert server.left == len(server.exchanges) - 1


async def test_cancelling_the_consumer_closes_the_connection(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [stall(delta(0, "under way"))]
    model, request = asker.model(), make_request()
    async with anyio.create_task_group() as group:
        group.start_soon(asker.ask, model, request)
        with anyio.fail_after(10):
            while not server.exchanges:  # noqa: ASYNC110
                await anyio.sleep(0.001)
        group.cancel_scope.cancel()
    with anyio.fail_after(10):
        await server.client_left.wait()
    check_bound(model, request, asker.spent)


async def test_a_hundred_cancelled_waits_leak_no_permit(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [stall(), stall()]
    server.otherwise = good()
    model = asker.model(max_concurrency=2)
    async with anyio.create_task_group() as holders:
        for _ in range(2):
            holders.start_soon(asker.ask, model, make_request())
        with anyio.fail_after(10):
            while len(server.exchanges) < 2:  # noqa: ASYNC110
                await anyio.sleep(0.001)
        async with anyio.create_task_group() as waiters:
            for _ in range(100):
                waiters.start_soon(asker.ask, model, make_request())
            await anyio.wait_all_tasks_blocked()
            waiters.cancel_scope.cancel()
        holders.cancel_scope.cancel()
    assert len(server.exchanges) == 2
    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(asker.ask, model, make_request((1,), max_tokens=1000))
    assert len(server.exchanges) == 6


async def test_no_more_requests_at_a_time_than_allowed(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.otherwise = good_for_n
    model = asker.model(several=False, max_concurrency=3)
    assert len(await asker.ask(model, make_request(tuple(range(12))))) == 12
    assert server.most_open <= 3


async def test_a_consumer_may_ask_while_it_consumes(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.otherwise = good_for_n
    model = asker.model(max_concurrency=1)
    inner = []
    with anyio.fail_after(10):
        async with aclosing(model.sample(make_request((1, 2)), asker.charges.append)) as samples:
            async for _ in samples:
                inner += [s async for s in model.sample(make_request(), asker.charges.append)]
    assert len(inner) == 2
    assert asker.spent == Cost(prompt_tokens=60, completion_tokens=20, samples=4, calls=3)
