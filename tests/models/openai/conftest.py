"""A server, models that ask it, and requests to ask."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest

from outlay.core.cost import NOTHING, Cost
from outlay.core.model import Sample, SampleRequest
from outlay.core.problem import Message, Problem
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.models.openai import OpenAIModel
from outlay.tasks.answer_line import ExactLine
from tests.models.openai.misbehaving_server import MisbehavingServer

KEY = "sk-secret-of-the-tests"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.fixture
async def server() -> AsyncIterator[MisbehavingServer]:
    async with anyio.create_task_group() as group:
        started = MisbehavingServer()
        await started.serve(group)
        yield started
        group.cancel_scope.cancel()


@dataclass
class Asker:
    """Makes models of one server, and remembers what they charged and how long they wanted to pause."""

    url: str
    pauses: list[float] = field(default_factory=list)
    charges: list[Cost] = field(default_factory=list)
    models: list[OpenAIModel] = field(default_factory=list)

    def model(self, **settings: Any) -> OpenAIModel:
        made = OpenAIModel("tiny", base_url=self.url, **settings)
        made._connection.sleep = self._pause
        self.models.append(made)
        return made

    async def ask(self, model: OpenAIModel, request: SampleRequest) -> list[Sample]:
        paid: list[Cost] = []

        def meter(cost: Cost) -> None:
            paid.append(cost)
            self.charges.append(cost)

        try:
            return [sample async for sample in model.sample(request, meter)]
        finally:
            check_bound(model, request, sum(paid, NOTHING))

    @property
    def spent(self) -> Cost:
        return sum(self.charges, NOTHING)

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await anyio.lowlevel.checkpoint()


@pytest.fixture
async def asker(server: MisbehavingServer) -> AsyncIterator[Asker]:
    made = Asker(server.url)
    yield made
    for model in made.models:
        await model.aclose()


def check_bound(model: OpenAIModel, request: SampleRequest, spent: Cost) -> None:
    bound = model.bound(request)
    assert spent.tokens <= bound.tokens
    assert spent.calls <= bound.calls
    assert spent.samples <= bound.samples
    assert spent.dollars <= bound.dollars * (1 + 1e-9)


MakeRequest = Callable[..., SampleRequest]


@pytest.fixture
def make_request() -> MakeRequest:
    """Requests on one short problem; ``partial`` is what was answered so far."""

    def make(seeds: tuple[int, ...] = (7,), partial: str = "", max_tokens: int = 16, **settings: Any) -> SampleRequest:
        messages = (Message("system", "Be brief."), Message("user", "What is 1 + 1 {really}?"))
        trajectory = Trajectory(Problem("p", messages, ExactLine()))
        if partial:
            trajectory = trajectory.extend(Step(partial), Finish.STEP)
        return SampleRequest(trajectory, seeds, max_tokens, **settings)

    return make
