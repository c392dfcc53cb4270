"""The gateway as an ASGI application: its paths, and what begins and ends with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from outlay.gateway.chat import chat
from outlay.gateway.completions import completions
from outlay.gateway.embeddings import embeddings
from outlay.gateway.endpoint import LOG, Endpoint
from outlay.gateway.errors import RefusedError
from outlay.gateway.gateway import Gateway
from outlay.gateway.health import healthz, metrics, readyz
from outlay.gateway.keys import Scope
from outlay.gateway.listing import model, models
from outlay.gateway.responses import responses


def application(gateway: Gateway) -> Starlette:
    """All paths of a gateway, which is closed when the application ends."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        LOG.info("started", extra={"fields": {"settled_after_crash": gateway.recovered}})
        try:
            yield
        finally:
            await gateway.aclose()
            LOG.info("stopped")

    routes = [
        Route("/v1/chat/completions", Endpoint(gateway, chat), methods=["POST"]),
        Route("/v1/completions", Endpoint(gateway, completions), methods=["POST"]),
        Route("/v1/responses", Endpoint(gateway, responses), methods=["POST"]),
        Route("/v1/embeddings", Endpoint(gateway, embeddings), methods=["POST"]),
        Route("/v1/models", Endpoint(gateway, models), methods=["GET"]),
        Route("/v1/models/{name:path}", Endpoint(gateway, model), methods=["GET"]),
        Route("/healthz", Endpoint(gateway, healthz, None, quiet=True), methods=["GET"]),
        Route("/readyz", Endpoint(gateway, readyz, None, quiet=True), methods=["GET"]),
        Route("/metrics", Endpoint(gateway, metrics, Scope.METRICS, quiet=True), methods=["GET"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers={404: _absent, 405: _absent})


async def _absent(request: Request, error: Exception) -> JSONResponse:
    status = getattr(error, "status_code", 404)
    message = f"there is nothing at {request.method} {request.url.path}"
    return JSONResponse(RefusedError(status, message, code="not_found").as_dict(), status)
