"""A handful of questions, what Outlay itself answers to them, and a server on loopback that we did not adapt to."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest

from outlay.answering.answerer import Answerer, Reply
from outlay.answering.method import Method
from outlay.answering.question import Question
from outlay.core.cost import NOTHING, Cost
from outlay.core.problem import AnsweredReference, Message, Problem
from outlay.tasks.countdown import Countdown
from outlay.tasks.exercise import problems
from tests.cli.talking_server import QUESTION, talking

COUNT = 5
BEST_OF_FOUR = {"strategy": "best_of_n(n=4)", "verifier": "process_reward", "answer_rule": "expression"}
VOTE_OF_FIVE = {"strategy": "self_consistency(n=5)"}
APPLES = QUESTION


@dataclass(frozen=True)
class Asked:
    """A question with what Outlay answers when nobody else is asking."""

    problem: Problem
    reply: Reply

    @property
    def text(self) -> str:
        return self.problem.messages[-1].content

    @property
    def target(self) -> str:
        assert isinstance(self.problem.reference, AnsweredReference)
        return self.problem.reference.answer

    @property
    def right(self) -> bool:
        assert self.problem.reference is not None
        return self.problem.reference.is_correct(self.problem.answer_rule.extract(self.reply.text))


def example(tool: str) -> str:
    """The first piece of Python under a tool's heading in the page about other tools."""
    page = (Path(__file__).parents[1] / "docs" / "other-tools.md").read_text()
    return page.split(f"\n## {tool}\n")[1].split("\n```py\n")[1].split("\n```\n")[0]


def drawn(account: Mapping[str, Any]) -> list[str]:
    """What an answer was chosen from, in an order that has nothing to do with what came first."""
    return sorted(map(str, account["candidates"]))


def answered(text: str, settings: Mapping[str, str]) -> Reply:
    """What Outlay itself answers to a question that is asked for the first time."""
    method = Method.of(settings)
    return anyio.run(Answerer(method).answer, Question((Message("user", text),)), method.build_model())


@pytest.fixture(scope="session")
def asked() -> list[Asked]:
    """The questions, each with the answer of the best of four."""
    made = problems(Countdown(), 1, range(COUNT))
    return [Asked(problem, answered(problem.messages[-1].content, BEST_OF_FOUR)) for problem in made]


@pytest.fixture(scope="session")
def paid(asked: list[Asked]) -> Cost:
    """What all answers cost together."""
    return sum((one.reply.cost for one in asked), NOTHING)


@pytest.fixture
def talker(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a chat server, reached directly."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    with talking() as url:
        yield f"{url}/v1"


@pytest.fixture
def vote(talker: str) -> Reply:
    """What Outlay itself answers by a vote, with the server's model."""
    return answered(APPLES, {**VOTE_OF_FIVE, "model": "m", "base_url": talker})
