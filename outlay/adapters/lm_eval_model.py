"""``outlay``: a model of lm-eval's that answers each request by a strategy."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import anyio

from outlay.adapters.lm_eval_requests import TOOL, question_of, read_arguments, write_chat
from outlay.answering.answerer import Answerer, Reply
from outlay.answering.method import Method, closing_model
from outlay.core.cost import NOTHING, Cost
from outlay.core.errors import (
    InvalidInputError,
    InvalidSettingError,
    MissingCapabilityError,
    MissingExtraError,
    OutlayError,
)
from outlay.core.ledger import Ledger
from outlay.core.model import Capability
from outlay.core.run import Run
from outlay.core.seeded import generator_of
from outlay.core.trajectory import Trajectory

try:
    from lm_eval.api.instance import Instance
    from lm_eval.api.model import LM
    from lm_eval.api.registry import register_model
except ImportError:
    raise MissingExtraError("Outlay in lm-eval", "lm-eval") from None

T = TypeVar("T")
R = TypeVar("R")
NAME = "outlay"


@register_model(NAME)
class OutlayLM(LM):
    """Answers requests by a strategy, some at a time.

    Temperature and sampling are the strategy's own. ``loglikelihood`` asks the model itself, where it can score given
    text: no strategy is involved.

    Args:
        concurrency: how many requests are worked on at a time.
        record: a file to write a JSON line to for each answer: what was paid, how sure it is, what it was chosen from.
        batch_size: not used; lm-eval hands it to every model.
        max_batch_size: not used.
        device: not used.
        **settings: those of ``Method``.

    Attributes:
        replies: all answers so far, in the order of their requests.
        cost: everything that was paid so far.

    Raises:
        InvalidInputError: if a setting is not right.
    """

    def __init__(
        self,
        concurrency: int = 8,
        record: str = "",
        batch_size: object = None,
        max_batch_size: object = None,
        device: object = None,
        **settings: object,
    ) -> None:
        super().__init__()
        if isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 1:
            raise InvalidSettingError(f"model {NAME}", "concurrency", concurrency, "a whole number, 1 or above")
        self.method = Method.of(settings)
        self._answerer = Answerer(self.method)
        self._model = self.method.build_model()
        self._concurrency = concurrency
        self._record = Path(record) if record else None
        self.replies: list[Reply] = []
        self.cost = NOTHING

    @classmethod
    def create_from_arg_string(
        cls, arg_string: str, additional_config: Mapping[str, object] | None = None
    ) -> "OutlayLM":
        """A model from ``name=value`` pairs, whose values may hold commas within brackets.

        Raises:
            InvalidInputError: if it is not of that form, or a setting is not right.
        """
        given = {name: int(value) if value.isdecimal() else value for name, value in read_arguments(arg_string).items()}
        settings: dict[str, Any] = {**given, **(additional_config or {})}
        return cls(**settings)

    @property
    def tokenizer_name(self) -> str:
        """Tells requests under this chat template apart in lm-eval's cache."""
        return NAME

    def apply_chat_template(self, chat_history: Sequence[Mapping[str, str]], add_generation_prompt: bool = True) -> str:
        """The messages as they are; the model's own template is applied where the model is.

        Raises:
            InvalidInputError: if the answer is to go on from a given beginning.
        """
        if not add_generation_prompt:
            raise InvalidInputError(f"{TOOL}: gen_prefix cannot be used: an answer of a strategy begins afresh")
        return write_chat(chat_history)

    def get_model_info(self) -> dict[str, object]:
        """The method and what was paid, for lm-eval's results."""
        stopped = sum(reply.account["stopped_by"] != "strategy" for reply in self.replies)
        return {
            NAME: {
                **self.method.as_dict(), "answers": len(self.replies), "stopped_by_a_limit": stopped,
                "cost": self.cost.as_dict(),
            }
        }  # fmt: skip

    def generate_until(self, requests: "Sequence[Instance]", disable_tqdm: bool = False) -> list[str]:
        """The completion that stands for each answer; empty where there is none.

        Raises:
            InvalidInputError: if a request cannot be asked.
            ModelError: if the model failed; no answer is made up for it.
        """
        questions = [question_of(*request.args) for request in requests]
        found = self._all(questions, lambda question: self._answerer.answer(question, self._model))
        for reply in found:
            self._pay(reply.cost)
        self.replies += found
        if self._record is not None:
            with self._record.open("a", encoding="utf-8") as lines:
                for question, reply in zip(questions, found, strict=True):
                    asked = [[message.role, message.content] for message in question.messages]
                    line = {"messages": asked, "text": reply.text, **reply.account}
                    lines.write(json.dumps(line, ensure_ascii=False) + "\n")
        return [reply.text for reply in found]

    def loglikelihood(self, requests: "Sequence[Instance]", disable_tqdm: bool = False) -> list[tuple[float, bool]]:
        """The log-probability, in nats, of each continuation, and whether it is what the model says at temperature 0.

        Raises:
            MissingCapabilityError: if the model cannot score given text.
            InvalidInputError: if the budget does not pay for a request.
        """
        if Capability.SCORE not in self._model.info.capabilities:
            raise MissingCapabilityError(
                "loglikelihood", "log-probabilities of given text", f"model {self._model.info.name!r}",
                "tasks of the type generate_until run with any model",
            )  # fmt: skip
        return self._all([request.args for request in requests], self._score)

    def loglikelihood_rolling(self, requests: "Sequence[Instance]", disable_tqdm: bool = False) -> list[float]:
        """Not offered.

        Raises:
            MissingCapabilityError: always: our models score answers to a question, and here is none.
        """
        raise MissingCapabilityError(
            "loglikelihood_rolling", "log-probabilities of a text without a question", f"model {NAME!r}",
            "tasks of the types generate_until and multiple_choice do without",
        )  # fmt: skip

    async def _score(self, pair: tuple[str, str]) -> tuple[float, bool]:
        context, text = pair
        problem = question_of(context, {"max_gen_toks": max(1, len(text.encode()))}).problem(
            self._answerer.rule, self.method.max_tokens, self.method.max_step_tokens
        )
        run = Run(self._model, Ledger(self._answerer.budget), generator_of(self.method.seed, context))
        total = await run.score(Trajectory(problem), text)
        said = await run.sample_one(Trajectory(problem), temperature=0.0)
        self._pay(run.ledger.spent)
        if total is None or said is None:
            raise InvalidInputError(f"{TOOL}: a budget of {self.method.budget} does not pay for scoring a text")
        return total, said.text.startswith(text)

    def _pay(self, cost: Cost) -> None:
        self.cost = self.cost + cost

    def _all(self, asked: Sequence[T], answer: Callable[[T], Awaitable[R]]) -> list[R]:
        """What becomes of each request, in their order; some are worked on at a time."""
        return anyio.run(self._gather, asked, answer)

    async def _gather(self, asked: Sequence[T], answer: Callable[[T], Awaitable[R]]) -> list[R]:
        found: dict[int, R] = {}
        failures: list[OutlayError] = []
        waiting = iter(enumerate(asked))

        async def work() -> None:
            try:
                for position, one in waiting:
                    found[position] = await answer(one)
            except OutlayError as error:
                # Kept, so that it comes out bare instead of in an exception group.
                failures.append(error)
                workers.cancel_scope.cancel()

        async with closing_model(self._model), anyio.create_task_group() as workers:
            for _ in range(self._concurrency):
                workers.start_soon(work)
        if failures:
            raise failures[0]
        return [found[position] for position in range(len(asked))]
