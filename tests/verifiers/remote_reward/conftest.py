"""A server, verifiers that ask it, and answers to judge."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import numpy as np
import pytest

from outlay.core.budget import Budget
from outlay.core.ledger import Ledger
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Verdict
from outlay.testing import SMALL_PROBLEM, small_model
from outlay.verifiers.remote_reward.verifier import RemoteReward
from tests.models.openai.misbehaving_server import MisbehavingServer
from tests.verifiers.remote_reward.reward_server import Vllm

KEY = "sk-secret-of-the-tests"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("VLLM_API_KEY", KEY)


@asynccontextmanager
async def serving() -> AsyncIterator[MisbehavingServer]:
    async with anyio.create_task_group() as group:
        started = MisbehavingServer(otherwise=Vllm())
        await started.serve(group)
        yield started
        group.cancel_scope.cancel()


@pytest.fixture
async def server() -> AsyncIterator[MisbehavingServer]:
    async with serving() as started:
        yield started


@dataclass
class Judging:
    """Makes verifiers of one server, and remembers how long they wanted to pause."""

    url: str
    pauses: list[float] = field(default_factory=list)
    made: list[RemoteReward] = field(default_factory=list)

    def verifier(self, **settings: Any) -> RemoteReward:
        made = RemoteReward("tiny", **{"base_url": self.url, **settings})
        made._asker.connection.sleep = self._pause
        self.made.append(made)
        return made

    async def judge(
        self, answers: Sequence[str], run: Run | None = None, finish: Finish = Finish.END, **settings: Any
    ) -> list[Verdict]:
        return await self.verifier(**settings).judge(SMALL_PROBLEM, written(answers, finish), run or run_of())

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await anyio.lowlevel.checkpoint()


@pytest.fixture
async def judging(server: MisbehavingServer) -> AsyncIterator[Judging]:
    made = Judging(server.url.removesuffix("/v1"))
    yield made
    for verifier in made.made:
        await verifier.aclose()


def run_of(budget: Budget | None = None) -> Run:
    return Run(small_model(), Ledger(budget), np.random.default_rng(0))


def written(answers: Sequence[str], finish: Finish = Finish.END) -> list[Trajectory]:
    return [Trajectory(SMALL_PROBLEM).extend(Step(text), finish) for text in answers]
