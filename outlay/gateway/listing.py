"""``/v1/models``: every model, and every model under every policy."""

from outlay.gateway.endpoint import Exchange
from outlay.gateway.errors import no_model


async def models(exchange: Exchange) -> None:
    """All that the key may ask."""
    await exchange.reply({"object": "list", "data": [_model(name) for name in _names(exchange)]})


async def model(exchange: Exchange) -> None:
    """One of them."""
    name = exchange.request.path_params["name"]
    if name not in _names(exchange):
        raise no_model(name)
    await exchange.reply(_model(name))


def _names(exchange: Exchange) -> list[str]:
    configuration, key = exchange.gateway.configuration, exchange.key
    bare = [name for name in configuration.models if not key.models or name in key.models]
    return [*bare, *(f"{name}@{policy}" for name in bare for policy in configuration.policies)]


def _model(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "outlay"}
