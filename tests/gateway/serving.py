"""A gateway that really serves, in a thread of this process, and clients of it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from openai import OpenAI

from outlay.gateway.configuration import Configuration
from outlay.gateway.gateway import Gateway
from outlay.gateway.server import GatewayServer, opened


@dataclass
class Served:
    """Where the gateway is, and what it knows."""

    url: str
    gateway: Gateway
    server: GatewayServer
    clients: list[OpenAI] = field(default_factory=list)

    @property
    def root(self) -> str:
        return self.url.removesuffix("/v1")

    def client(self, key: str = "none", **settings: Any) -> OpenAI:
        made = OpenAI(base_url=self.url, api_key=key, max_retries=0, timeout=60, **settings)
        self.clients.append(made)
        return made


@contextmanager
def serving(configuration: Configuration) -> Iterator[Served]:
    ready = threading.Event()
    made: list[Any] = []

    def work() -> None:
        try:
            # SQLite wants to be used by the thread that opened it.
            gateway = opened(configuration)

            def tell(url: str) -> None:
                made.extend([url, gateway, server])
                ready.set()

            server = GatewayServer(gateway, tell)
            server.run()
        finally:
            ready.set()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert ready.wait(60)
        yield (served := Served(*made))
        for client in served.clients:
            client.close()
    finally:
        if made:
            made[2].should_exit = True
        thread.join(60)
