"""A chat request read: which model and strategy answer it, what it may cost, and what of it cannot be honoured."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ValidationError

from outlay.answering.answer_rules import ANSWER_RULES
from outlay.answering.answerer import Means
from outlay.answering.question import Question
from outlay.core.budget import Budget
from outlay.core.cost import Cost
from outlay.core.model import LanguageModel, SampleRequest
from outlay.core.problem import AnswerRule, Message
from outlay.core.strategy import Strategy
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verifier
from outlay.gateway.chat_request import IDLE, REFUSED, SENT_ON, Body, ChatRequest
from outlay.gateway.choosing import Choice, build_strategy
from outlay.gateway.direct import Direct
from outlay.gateway.errors import RefusedError, spent
from outlay.gateway.tool_call_answer import ToolCallAnswer
from outlay.models.openai import Api, OpenAIModel
from outlay.models.openai.raw_message import RawMessage

FREE = 1e-9
"""Dollars set aside for a model without a price; a budget has to be above 0."""


@dataclass(frozen=True, slots=True)
class Work:
    """A request that can be worked on.

    Attributes:
        choice: how it is answered.
        question: what is asked.
        means: what answers it.
        model: who answers.
        choices: how many answers are wanted.
        seed: of every draw; None to draw afresh.
        budget: the most that all of it may spend.
        least: the worst case of its first call.
        ignored: fields and settings that change nothing.
        unknown: fields that the gateway does not know.
        forwarded: what goes to the model's server as it came; None where a strategy answers.
    """

    choice: Choice
    question: Question
    means: Means
    model: LanguageModel
    choices: int
    seed: int | None
    budget: Budget
    least: Cost
    ignored: tuple[str, ...]
    unknown: tuple[str, ...]
    forwarded: Mapping[str, Any] | None = None

    @property
    def request(self) -> SampleRequest:
        """What is asked of the model where it answers alone."""
        problem = self.question.problem(self.means.rule, self.means.max_tokens, self.means.max_step_tokens)
        seeds = tuple(range(self.choices))
        return SampleRequest(Trajectory(problem), seeds, problem.step_rule.max_tokens, stop=self.question.stop)


def validated(kind: type[BaseModel], body: object) -> Any:
    """A body as one of our types.

    Raises:
        RefusedError: naming the first field that is not as it should be.
    """
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise RefusedError(400, f"{place or 'the body'}: {first['msg']}", param=place or None) from None


def work_of(request: ChatRequest, choice: Choice, model: LanguageModel, verifier: Verifier | None) -> Work:
    """What a chat request comes to.

    Raises:
        RefusedError: if some of it cannot be honoured, or its budget does not pay for the first call.
        InvalidInputError: if the model cannot read it.
    """
    known = SENT_ON | IDLE | REFUSED | set(choice.model.forward)
    sampling = {name: value for name in ("temperature", "top_p") if (value := getattr(request, name)) is not None}
    strategy, unused = _strategy(choice, sampling)
    passed_on = choice.passed_on and isinstance(model, OpenAIModel) and model.api is Api.CHAT
    refuse(request, choice, model, strategy)
    if request.logprobs and not passed_on:
        raise _unoffered("logprobs", "only a model's server that answers alone gives those of single tokens")
    sent = _sent(request, choice, model)
    asked = model.sending(sent) if isinstance(model, OpenAIModel) else model
    rule: AnswerRule = ANSWER_RULES.build(choice.answer_rule)
    means = Means(
        strategy,
        ToolCallAnswer(rule) if "tools" in sent else rule,
        verifier,
        choice.model.max_tokens,
        choice.model.max_step_tokens,
    )
    question = Question(_conversation(request, model), request.stops, request.longest)
    choices = request.n or 1
    least, most = _bounds(question, means, asked, choices)
    return Work(
        choice=choice,
        question=question,
        means=means,
        model=asked,
        choices=choices,
        seed=request.seed,
        budget=_set_aside(choice.budget, least, most, asked, verifier is not None or choice.built is not None),
        least=least,
        ignored=tuple(sorted({*unused, *(set(request.more) & IDLE)})),
        unknown=tuple(sorted(set(request.more) - known)),
        forwarded=_forwarded(request, choice) if passed_on else None,
    )


def refuse(request: Body, choice: Choice, model: LanguageModel, strategy: Strategy) -> None:
    """Refuse what cannot be honoured.

    Raises:
        RefusedError: naming the field.
    """
    for name in sorted(REFUSED & set(request.more)):
        if not (name == "modalities" and request.more[name] == ["text"]):
            raise _unoffered(name, "this gateway does not offer it")
    if request.more.get("tools") and not strategy.info.only_draws:
        raise _unoffered("tools", f"the strategy {strategy.info.name} works on text")
    if isinstance(model, OpenAIModel):
        return
    for name in sorted(SENT_ON & set(request.more)):
        value = request.more[name]
        harmless = value in (0, "none") or (name == "response_format" and value == {"type": "text"})
        if not (harmless or name == "parallel_tool_calls"):
            raise _unoffered(name, f"the model {choice.name} does not know it")


def _strategy(choice: Choice, sampling: Mapping[str, float]) -> tuple[Strategy, list[str]]:
    if not choice.passed_on:
        return build_strategy(choice, sampling)
    likeliest = 0.0 if choice.strategy == "greedy" else 1.0
    return Direct(sampling.get("temperature", likeliest), sampling.get("top_p", 1.0)), []


def _sent(request: ChatRequest, choice: Choice, model: LanguageModel) -> dict[str, Any]:
    if not isinstance(model, OpenAIModel):
        return {}
    wanted = SENT_ON | set(choice.model.forward)
    return {name: value for name, value in request.more.items() if name in wanted}


def _forwarded(request: ChatRequest, choice: Choice) -> Mapping[str, Any]:
    """The client's own sampling settings, as it wrote them."""
    names = ("temperature", "top_p", "n", "seed", "stop", "logprobs", "top_logprobs")
    given = {name: value for name in names if (value := getattr(request, name)) is not None}
    return {"temperature": 0, **given} if choice.strategy == "greedy" else given


def _conversation(request: ChatRequest, model: LanguageModel) -> tuple[Message, ...]:
    messages = request.conversation
    if request.messages[-1].role not in {"user", "tool"}:
        last = request.messages[-1].role
        raise RefusedError(
            400, f"the last message must be the user's or a tool's, since an answer begins afresh; it is the {last}'s",
            param=f"messages.{len(messages) - 1}",
        )  # fmt: skip
    if isinstance(model, OpenAIModel):
        return messages
    for position, message in enumerate(request.messages):
        if message.role == "tool" or (message.model_extra or {}).get("tool_calls"):
            raise RefusedError(400, "this model knows no tools", param=f"messages.{position}")
    return tuple(Message(one.role, one.content) if isinstance(one, RawMessage) else one for one in messages)


def _bounds(question: Question, means: Means, model: LanguageModel, choices: int) -> tuple[Cost, Cost | None]:
    """The worst case of the first call, and of all of them where it is known beforehand."""
    problem = question.problem(means.rule, means.max_tokens, means.max_step_tokens)
    draws, steps = means.strategy.info.only_draws, problem.step_rule
    longest = steps.max_tokens if draws else steps.max_step_tokens
    least = model.bound(SampleRequest(Trajectory(problem), (0,), longest, stop=question.stop))
    number = getattr(means.strategy, "n", 1)
    if not draws or means.verifier is not None or not isinstance(number, int):
        return least, None
    seeds = tuple(range(number))
    whole = model.bound(SampleRequest(Trajectory(problem), seeds, longest, stop=question.stop))
    # Where the whole call does not fit, its samples are asked for one at a time.
    return least, sum([max(whole, sum([least] * number, Cost()), key=lambda cost: cost.tokens)] * choices, Cost())


def _set_aside(budget: Budget, least: Cost, most: Cost | None, model: LanguageModel, others: bool) -> Budget:
    """What a request sets aside: its budget, or what it can come to at most where that is less.

    Where ``others`` than the model are paid too, judges or further models, its price says nothing of the dollars.
    """
    assert budget.tokens is not None  # noqa: S101
    for limit in ("tokens", "dollars"):
        given, needed = getattr(budget, limit), getattr(least, limit)
        if given is not None and needed > given:
            raise spent(f"the request's budget has {given:g} {limit}, and its first call may need {needed:g}")
    tokens = budget.tokens if most is None else min(budget.tokens, most.tokens)
    dollars = budget.dollars
    if not others:
        price = max(model.info.prompt_price, model.info.completion_price)
        dearest = max(tokens * price / 1e6, FREE)
        dollars = dearest if dollars is None else min(dollars, dearest)
    return replace(budget, tokens=tokens, dollars=dollars)


def _unoffered(name: str, why: str) -> RefusedError:
    return RefusedError(400, f"{name} cannot be honoured: {why}", code="unsupported_parameter", param=name)
