"""``/healthz``, ``/readyz`` and ``/metrics``."""

from outlay.gateway.endpoint import Exchange


async def healthz(exchange: Exchange) -> None:
    """The process lives."""
    await exchange.reply({"status": "ok"})


async def readyz(exchange: Exchange) -> None:
    """Whether new requests are taken."""
    draining = exchange.gateway.draining
    await exchange.reply({"status": "draining" if draining else "ready"}, 503 if draining else 200)


async def metrics(exchange: Exchange) -> None:
    """Everything that is counted."""
    await exchange.write(str(exchange.gateway.metrics).encode(), "text/plain; version=0.0.4; charset=utf-8")
