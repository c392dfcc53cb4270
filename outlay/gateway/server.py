"""Runs the gateway until it is told to stop; then what is under way is finished first."""

import socket
from collections.abc import Callable

from outlay.core.errors import InvalidInputError, MissingExtraError
from outlay.gateway.configuration import JUDGES, Configuration
from outlay.gateway.database import Database
from outlay.gateway.keys import Keys
from outlay.models import MODELS

try:
    import uvicorn

    from outlay.gateway.application import application
    from outlay.gateway.gateway import Gateway
except ImportError:
    raise MissingExtraError("outlay serve", "gateway") from None


def check(configuration: Configuration) -> None:
    """Build every model and verifier of a configuration, and serve nothing.

    Raises:
        InvalidInputError: if one cannot be built, or every request needs a key and there is none.
        StoreError: if the accounts cannot be opened.
    """
    for model in configuration.models.values():
        MODELS.build(model.specification)
    for verifier in configuration.verifiers.values():
        JUDGES.build(verifier)
    if configuration.keys_required:
        database = Database(configuration.accounts)
        try:
            require_a_key(configuration, Keys(database))
        finally:
            database.close()


def serve(configuration: Configuration) -> None:
    """Serve until the process is told to stop; says on standard output where.

    Raises:
        InvalidInputError: if it would be open to the network without a key.
        StoreError: if the accounts cannot be opened, or are in use.
    """
    GatewayServer(opened(configuration), lambda url: print(f"outlay: serving at {url}", flush=True)).run()  # noqa: T201


def opened(configuration: Configuration) -> Gateway:
    """The gateway of a configuration.

    Raises:
        InvalidInputError: if every request needs a key and there is none.
        StoreError: if the accounts cannot be opened, or are in use.
    """
    gateway = Gateway(configuration)
    try:
        require_a_key(configuration, gateway.keys)
    except InvalidInputError:
        gateway.close()
        raise
    return gateway


def require_a_key(configuration: Configuration, keys: Keys) -> None:
    """Refuse a gateway that nobody could use.

    Raises:
        InvalidInputError: if every request needs a key and there is none.
    """
    if configuration.keys_required and not any(key.usable for key in keys.all()):
        raise InvalidInputError(
            f"every request to {configuration.host} needs a key, and there is none; "
            f"run  outlay keys create NAME --accounts {configuration.accounts}"
        )


class GatewayServer(uvicorn.Server):
    """An HTTP server for one gateway.

    Args:
        gateway: what it serves.
        ready: told the base URL once it listens.
    """

    def __init__(self, gateway: Gateway, ready: Callable[[str], None]) -> None:
        self._gateway = gateway
        self._ready = ready
        configuration = gateway.configuration
        super().__init__(
            uvicorn.Config(
                application(gateway),
                host=configuration.host,
                port=configuration.port,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="on",
                timeout_graceful_shutdown=configuration.drain_seconds,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say where."""
        await super().startup(sockets)
        if self.started:
            host, port, *_ = self.servers[0].sockets[0].getsockname()
            shown = f"[{host}]" if ":" in host else host
            self._ready(f"http://{shown}:{port}/v1")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nothing new, and finish what is under way."""
        self._gateway.draining = True
        await super().shutdown(sockets)
