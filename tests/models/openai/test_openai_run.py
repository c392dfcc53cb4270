"""Under a ledger: every token is accounted for and no limit is passed, whatever the server does."""

import anyio
import numpy as np
import pytest

from outlay.core.budget import Budget
from outlay.core.errors import ModelUnavailableError
from outlay.core.ledger import Ledger
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.models.openai import OpenAIModel
from tests.models.openai.conftest import Asker, MakeRequest
from tests.models.openai.misbehaving_server import (
    Exchange,
    MisbehavingServer,
    delta,
    good_for_n,
    status,
    stream,
    usage,
)

pytestmark = pytest.mark.anyio


def run_of(model: OpenAIModel, **limits: int) -> Run:
    return Run(model, Ledger(Budget(**limits)), np.random.default_rng(1))


async def texts_of(run: Run, trajectory: Trajectory, n: int) -> list[str]:
    return [longer.text async for _, longer in run.sample(trajectory, n)]


async def test_all_samples_in_one_call(server: MisbehavingServer, asker: Asker, make_request: MakeRequest) -> None:
    server.replies = [good_for_n]
    run = run_of(asker.model(), tokens=5000)
    assert len(await texts_of(run, make_request().trajectory, 4)) == 4
    spent = run.ledger.spent
    assert (spent.prompt_tokens, spent.completion_tokens, spent.samples, spent.calls) == (20, 20, 4, 1)


@pytest.mark.parametrize("tokens", [300, 400, 900, 2000])
async def test_no_limit_is_passed_by_a_wasteful_server(
    tokens: int, server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    async def wasteful(exchange: Exchange) -> None:
        count, most = exchange.body.get("n", 1), exchange.body["max_tokens"]
        choices = [delta(i, "x" * most, "length") for i in range(count)]
        await stream(*choices, usage(100, most * count))(exchange)

    server.otherwise = wasteful
    run = run_of(asker.model(), tokens=tokens)
    trajectory = make_request().trajectory
    texts = await texts_of(run, trajectory, 12)
    assert run.ledger.spent.tokens <= tokens
    assert run.ledger.spent.tokens == sum(100 + body["max_tokens"] * body.get("n", 1) for body in server.bodies)
    assert len(texts) == run.ledger.spent.samples
    assert run.exhausted == "tokens"


@pytest.mark.parametrize("limits", [{"samples": 3}, {"calls": 2}, {"tokens": 2000}])
async def test_a_flaky_server_does_not_pass_a_limit_either(
    limits: dict[str, int], server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    async def flaky(exchange: Exchange) -> None:
        kind = len(server.exchanges) % 3
        if kind == 1:
            await status(500)(exchange)
        elif kind == 2:
            await stream(delta(0, "lost"), done=False)(exchange)
        else:
            await good_for_n(exchange)

    server.otherwise = flaky
    run = run_of(asker.model(spare_attempts=3, max_retries=50), **limits)
    texts = await texts_of(run, make_request().trajectory, 6)
    assert texts
    spent = run.ledger.spent
    assert all(getattr(spent, name) <= limit for name, limit in limits.items())
    assert spent.samples == len(texts)


async def test_what_a_failed_call_generated_is_booked_and_the_rest_released(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [stream(delta(0, "lost"), usage(30, 9), done=False), good_for_n]
    model = asker.model()
    run = run_of(model, tokens=500)
    trajectory = make_request().trajectory
    with pytest.raises(ModelUnavailableError):
        await texts_of(run, trajectory, 1)
    assert run.ledger.spent.tokens == 39
    assert await texts_of(run, trajectory, 1)
    assert run.ledger.spent.tokens == 39 + 25


async def test_a_deadline_cuts_a_call_and_books_it(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    heard = anyio.Event()

    async def slow(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.event(delta(0, "under way"))
        heard.set()
        await exchange.until_client_leaves()

    server.replies = [slow]
    run = run_of(asker.model(), tokens=500)
    async with anyio.create_task_group() as group:
        group.start_soon(texts_of, run, make_request().trajectory, 1)
        with anyio.fail_after(10):
            await heard.wait()
            # Until the client has read it, too.
            await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    with anyio.fail_after(10):
        await server.client_left.wait()
    assert run.ledger.fits(asker.models[0].bound(make_request()))
    assert run.ledger.spent.tokens <= 500
