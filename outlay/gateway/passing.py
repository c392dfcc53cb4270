"""A request that the model's server answers alone: its reply as it is, but for the model's name and the usage."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from outlay.answering.answerer import KEY
from outlay.core.cost import Cost
from outlay.core.ledger import BudgetExhausted, Ledger
from outlay.gateway.asking import Work
from outlay.gateway.completion import account_of, usage_of
from outlay.gateway.errors import spent
from outlay.models.openai import OpenAIModel
from outlay.models.openai.forwarding import forward


class Passing:
    """One request on its way to a server and back.

    Args:
        work: the request, whose ``forwarded`` says what goes on.
        name: what the request called the model.
        trace: the request's id.
    """

    def __init__(self, work: Work, name: str, trace: str) -> None:
        self._work = work
        self._name = name
        self._trace = trace

    async def whole(self, ledger: Ledger) -> dict[str, Any]:
        """The server's reply that comes whole."""
        found: dict[str, Any] = {}
        async with aclosing(self._values(ledger, stream=False)) as values:
            async for value in values:
                found = value
        cost = ledger.spent
        return {**found, "model": self._name, "usage": usage_of(cost), KEY: self._account(cost)}

    async def chunks(self, ledger: Ledger, counted: bool) -> AsyncGenerator[dict[str, Any], None]:
        """The server's chunks as they come. The last one with a choice is held until all is paid, to say how much.

        Args:
            ledger: pays.
            counted: whether the client wants the usage in a chunk of its own.
        """
        held: dict[str, Any] | None = None
        async with aclosing(self._values(ledger, stream=True)) as values:
            async for value in values:
                if not value.get("choices"):
                    continue
                chunk = {name: part for name, part in value.items() if name != "usage"} | {"model": self._name}
                if not any(choice.get("finish_reason") for choice in chunk["choices"]):
                    yield chunk
                    continue
                if held is not None:
                    yield held
                held = chunk
        cost = ledger.spent
        if held is not None:
            yield {**held, KEY: self._account(cost)}
            if counted:
                yield {**held, "choices": [], "usage": usage_of(cost)}

    async def _values(self, ledger: Ledger, stream: bool) -> AsyncGenerator[dict[str, Any], None]:
        work, model = self._work, self._work.model
        assert isinstance(model, OpenAIModel)  # noqa: S101
        try:
            async with ledger.reserve(model.bound(work.request)) as reservation:
                values = forward(model, work.request, work.forwarded or {}, stream, reservation.charge)
                async with aclosing(values):
                    async for value in values:
                        yield value
        except BudgetExhausted as refused:
            raise spent(f"the budget of {work.budget} does not pay for the call: {refused}") from None

    def _account(self, cost: Cost) -> dict[str, Any]:
        return account_of(self._work, (), cost, self._trace, candidates=False)
