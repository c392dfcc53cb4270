"""Answers the questions of another tool by one method, and says of each what was paid and how sure the answer is."""

import json
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from outlay.allocate.catalogue import ALL_STRATEGIES
from outlay.answering.answer_rules import ANSWER_RULES, before
from outlay.answering.method import Method
from outlay.answering.question import Question
from outlay.answering.stopping import Stopping
from outlay.bench.attempt import record_of
from outlay.bench.records import TrialRecord
from outlay.core.budget import Budget
from outlay.core.cost import Cost
from outlay.core.events import EventSink, ignore
from outlay.core.ledger import Ledger
from outlay.core.model import LanguageModel
from outlay.core.problem import AnswerRule
from outlay.core.run import Run
from outlay.core.seeded import generator_of
from outlay.core.solve import solve
from outlay.core.strategy import Strategy
from outlay.core.trajectory import Finish
from outlay.core.verifier import Verifier
from outlay.models import MODELS
from outlay.verifiers import VERIFIERS

KEY = "outlay"
"""The key of an answer's account in other tools' metadata."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a tool is told.

    Attributes:
        text: the completion that stands for the answer, up to where the question wants it to stop; empty where there is
            none or the strategy does not hand it out.
        answered: whether there is one.
        cost: everything the question was charged.
        account: how the answer came about, as plain values: ``value``, ``confidence``, ``stopped_by``, ``cost`` and
            ``candidates``; from an ``Answerer`` the method too.
        finish: why the completion ended; None where there is none.
    """

    text: str
    answered: bool
    cost: Cost
    account: dict[str, object]
    finish: Finish | None = None


@dataclass(frozen=True, slots=True)
class Means:
    """What a question is answered with: the parts of a method, built.

    Attributes:
        strategy: spends the budget.
        rule: how the value of an answer is read.
        verifier: who judges, if anybody.
        max_tokens: the worst-case length of an answer where the question does not say.
        max_step_tokens: that of a step.
    """

    strategy: Strategy
    rule: AnswerRule
    verifier: Verifier | None = None
    max_tokens: int = 1024
    max_step_tokens: int = 256

    async def answer(
        self,
        question: Question,
        model: LanguageModel,
        ledger: Ledger,
        rng: np.random.Generator,
        sink: EventSink = ignore,
    ) -> Reply:
        """Answer one question at a ledger's expense.

        Raises:
            InvalidInputError: if the strategy needs what the model or verifier lack, or the model cannot read it.
            ModelError: if the model failed.
            VerifierError: if the verifier failed.
        """
        problem = question.problem(self.rule, self.max_tokens, self.max_step_tokens)
        stopping = Stopping(model, question.stop) if question.stop else model
        outcome = await solve(problem, self.strategy, Run(stopping, ledger, rng, self.verifier, sink))
        answer = outcome.answer
        shown = answer is not None and not answer.declined
        text = before(answer.trajectory.text, question.stop) if answer and shown else ""
        account = account_of(record_of(problem, self.strategy, outcome))
        if answer is not None and answer.declined:
            account["declined"] = True
        return Reply(text, shown, outcome.cost, account, answer.trajectory.finish if answer else None)


class Answerer:
    """Answers questions by one method.

    Args:
        method: the strategy, and what it needs.

    Attributes:
        method: the same.
        budget: what one question may spend.
        rule: how the value of an answer is read.

    Raises:
        InvalidInputError: if a part of the method is unknown or has a wrong setting; nothing was spent.
    """

    def __init__(self, method: Method) -> None:
        self.method = method
        strategy = ALL_STRATEGIES.build(method.strategy)
        verifier = VERIFIERS.knowing(MODELS).build(method.verifier) if method.verifier else None
        self.budget = Budget.parse(method.budget)
        self.rule = ANSWER_RULES.build(method.answer_rule)
        self._means = Means(strategy, self.rule, verifier, method.max_tokens, method.max_step_tokens)
        self._asked: Counter[str] = Counter()

    async def answer(
        self, question: Question, model: LanguageModel, which: object = None, sink: EventSink = ignore
    ) -> Reply:
        """Answer one question within the method's budget.

        The draws depend on the seed, the question and ``which`` alone, and not on what else is asked beside it.

        Args:
            question: what the tool asks.
            model: who answers.
            which: tells apart askings of the same question; by default how often it was asked before.
            sink: told of events.

        Raises:
            InvalidInputError: if the strategy needs what the model or verifier lack, or the model cannot read it.
            ModelError: if the model failed.
            VerifierError: if the verifier failed.
        """
        asked = json.dumps([[message.role, message.content] for message in question.messages])
        if which is None:
            which = self._asked[asked]
            self._asked[asked] += 1
        rng = generator_of(self.method.seed, asked, which)
        reply = await self._means.answer(question, model, Ledger(self.budget), rng, sink)
        return replace(reply, account={**self.method.as_dict(), **reply.account})


def account_of(record: TrialRecord) -> dict[str, object]:
    """How an answer came about, as plain values for other tools' metadata."""
    return {
        "value": record.value,
        "confidence": record.confidence,
        "stopped_by": record.stopped_by,
        "cost": record.cost.as_dict(),
        "candidates": [
            {"value": one.value, "score": one.score, "tokens": one.tokens, "text": one.text}
            for one in record.candidates
        ],
    }
