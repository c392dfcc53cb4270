"""``/v1/embeddings``: passed on to the model's server as they are, and paid."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from outlay.core.budget import Budget
from outlay.core.cost import Cost
from outlay.core.errors import MalformedReplyError, ModelUnavailableError
from outlay.gateway.accounts import Wanted
from outlay.gateway.asking import validated
from outlay.gateway.choosing import choose
from outlay.gateway.configuration import PASS_THROUGH
from outlay.gateway.endpoint import Exchange
from outlay.gateway.errors import RefusedError, spent
from outlay.gateway.limits import tighter
from outlay.gateway.options import Options
from outlay.models.openai import OpenAIModel
from outlay.wire.failures import AttemptFailedError


class EmbeddingRequest(BaseModel):
    """The body of ``/v1/embeddings``."""

    model_config = ConfigDict(extra="allow")

    model: str = Field(min_length=1, max_length=600)
    input: str | list[Any] = Field(min_length=1)


async def embeddings(exchange: Exchange) -> None:
    """Pass a request on."""
    request: EmbeddingRequest = validated(EmbeddingRequest, exchange.body)
    gateway = exchange.gateway
    choice = choose(gateway.configuration, request.model, Options(strategy=PASS_THROUGH))
    gateway.allow(exchange.key, choice.name)
    model = gateway.model(choice.name)
    if not isinstance(model, OpenAIModel):
        raise RefusedError(400, f"the model {choice.name} has no embeddings", code="unsupported", param="model")
    # No tokeniser makes more tokens of a text than it has bytes.
    worst = model.info.cost(prompt=len(json.dumps(request.input)), calls=1)
    most = gateway.configuration.limits.budget.tokens
    if most is not None and worst.tokens > most:
        raise spent(f"the request may need {worst.tokens} tokens, and one request may spend {most}")
    budget = tighter(choice.budget, Budget(tokens=worst.tokens))
    async with gateway.turn(Wanted(exchange.trace, exchange.key, budget, worst)) as ledger:
        async with ledger.reserve(worst) as reservation:
            body = {**request.model_dump(exclude_unset=True), "model": model.model}
            found = await _asked(model, body)
            reservation.charge(_cost(model, found))
        exchange.paid(choice.name, PASS_THROUGH, ledger.spent)
    await exchange.reply({**found, "model": request.model})


async def _asked(model: OpenAIModel, body: dict[str, Any]) -> dict[str, Any]:
    failures = 0
    while True:
        try:
            async with model.connection.post("embeddings", body, lambda: None) as response:
                return _read(await response.read(), model.info.name)
        except AttemptFailedError as error:
            failures += 1
            if failures > model.max_retries:
                raise ModelUnavailableError(f"{model.info.name} failed: {error.reason}") from None
            await model.connection.pause(failures, error.retry_after)


def _read(body: bytes, name: str) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise MalformedReplyError(f"{name} gave embeddings that are no JSON object")
    return found


def _cost(model: OpenAIModel, found: dict[str, Any]) -> Cost:
    usage = found.get("usage")
    tokens = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    counted = isinstance(tokens, int) and tokens >= 0
    return model.info.cost(prompt=tokens if counted else 0, calls=1, estimated=not counted)  # type: ignore[arg-type]
