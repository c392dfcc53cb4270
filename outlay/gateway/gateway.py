"""A gateway while it runs: its models and verifiers, whom it knows, who is worked on and what it has counted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from outlay.answering.method import close
from outlay.core.ledger import Ledger
from outlay.core.model import LanguageModel
from outlay.core.verifier import Verifier
from outlay.gateway.accounts import Accounts, Wanted
from outlay.gateway.configuration import JUDGES, Configuration
from outlay.gateway.database import Database
from outlay.gateway.errors import RefusedError
from outlay.gateway.keys import ANONYMOUS, PREFIX, Key, Keys, Scope
from outlay.gateway.metrics import Metrics
from outlay.gateway.queue import Group, Queue
from outlay.models import MODELS


class Gateway:
    """Everything that requests share.

    Args:
        configuration: what the gateway is told.

    Raises:
        InvalidInputError: if it would be open to the network and there is no key.
        StoreError: if its accounts cannot be opened.
    """

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        limits = configuration.limits
        self._database = Database(configuration.accounts)
        self.keys = Keys(self._database)
        self.accounts = Accounts(self._database, configuration.projects)
        self.recovered = self.accounts.recover()
        self.queue = Queue(limits.concurrent, limits.queue, limits.queue_seconds)
        self.metrics = Metrics()
        self.metrics.gauges["requests_under_way"] = lambda: self.queue.under_way
        self.metrics.gauges["requests_waiting"] = lambda: self.queue.waiting
        self.draining = False
        self._models: dict[str, LanguageModel] = {}
        self._verifiers: dict[str, Verifier] = {}
        self._database.note("gateway started", f"{configuration.host}:{configuration.port}")

    def model(self, name: str) -> LanguageModel:
        """The model with this name in the configuration; built when it is first asked for."""
        if name not in self._models:
            self._models[name] = MODELS.build(self.configuration.models[name].specification)
        return self._models[name]

    def verifier(self, name: str) -> Verifier | None:
        """The verifier with this name in the configuration; None for no name."""
        if name and name not in self._verifiers:
            self._verifiers[name] = JUDGES.build(self.configuration.verifiers[name])
        return self._verifiers.get(name)

    def caller(self, secret: str, scope: Scope) -> Key:
        """Who asks.

        Args:
            secret: of a key; empty if none was sent.
            scope: what for.

        Raises:
            RefusedError: if the key is missing, wrong, revoked, over, or not for this.
        """
        if not secret.startswith(PREFIX) and not self.configuration.keys_required:
            return ANONYMOUS
        key = self.keys.of_secret(secret)
        if key is None:
            said = "this gateway needs a key: send  Authorization: Bearer KEY" if not secret else "the key is not valid"
            raise RefusedError(401, said, code="invalid_api_key", headers={"www-authenticate": "Bearer"})
        if scope not in key.scopes:
            raise RefusedError(403, f"the key is not for {scope}", "permission_error", "wrong_scope")
        return key

    def allow(self, key: Key, model: str) -> None:
        """Refuse a model that a key may not ask.

        Raises:
            RefusedError: as for a model that is not there.
        """
        if key.models and model not in key.models:
            raise RefusedError(
                404, f"there is no model {model!r}; see /v1/models", code="model_not_found", param="model"
            )

    @asynccontextmanager
    async def turn(self, wanted: Wanted) -> AsyncIterator[Ledger]:
        """Wait until a request may begin: what pays for it. On leaving, what it spent is booked.

        Raises:
            RefusedError: if it may not.
        """
        key = wanted.key
        groups = [Group(f"key:{key.id}", key.allowance.concurrent)]
        if key.project:
            shared = self.configuration.projects.get(key.project)
            groups.append(Group(f"project:{key.project}", shared.concurrent if shared else None))

        def begin() -> Ledger | None:
            return self.accounts.open(wanted)

        def end(ledger: Ledger) -> None:
            self.accounts.settle(wanted, ledger)

        async with self.queue.turn(tuple(groups), begin, end) as ledger:
            yield ledger

    async def aclose(self) -> None:
        """Close all connections and let another gateway use the accounts."""
        with anyio.CancelScope(shield=True):
            for model in self._models.values():
                await close(model)
        self.close()

    def close(self) -> None:
        """Let another gateway use the accounts."""
        self._database.note("gateway stopped", f"{self.configuration.host}:{self.configuration.port}")
        self.accounts.close()
        self._database.close()
