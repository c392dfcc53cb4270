"""Errors in OpenAI's shape: a status, and an object with message, type, code and the parameter at fault."""

from collections.abc import Mapping

from outlay.core.errors import (
    EndpointRefusedError,
    InvalidInputError,
    MissingExtraError,
    ModelUnavailableError,
    OutlayError,
)

INVALID = "invalid_request_error"
_CLIENTS = frozenset({400, 413, 422})
"""What a server refuses for the request's own sake."""


class RefusedError(Exception):
    """A request that is answered with an error.

    Attributes:
        status: of HTTP.
        kind: OpenAI's type of error.
        code: a word for programs.
        param: the field at fault.
        headers: sent with it.
    """

    def __init__(
        self,
        status: int,
        message: str,
        kind: str = INVALID,
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.headers = dict(headers or {})

    def as_dict(self) -> dict[str, object]:
        """The body."""
        return {"error": {"message": str(self), "type": self.kind, "param": self.param, "code": self.code}}


def later(message: str, seconds: float, code: str = "rate_limit_exceeded") -> RefusedError:
    """Too much at a time; ask again after some seconds."""
    wait = {"retry-after": str(max(1, round(seconds + 0.5)))}
    return RefusedError(429, message, "rate_limit_error", code, headers=wait)


def no_model(name: str) -> RefusedError:
    """A model that is not there, or not for this key."""
    return RefusedError(404, f"there is no model {name!r}; see /v1/models", code="model_not_found", param="model")


def spent(message: str) -> RefusedError:
    """A budget that cannot pay: asking again does not help."""
    return RefusedError(402, message, "insufficient_quota", "budget_exceeded")


def refusal_of(error: BaseException) -> RefusedError:
    """What a client is told of an error. Of what went on behind the gateway it learns the kind alone."""
    if isinstance(error, RefusedError):
        return error
    if isinstance(error, EndpointRefusedError):
        if error.status in _CLIENTS:
            return RefusedError(400, f"the model's server refused the request: {error.said}", code="upstream_refused")
        return RefusedError(502, "the model's server refused the gateway's request", "api_error", "upstream_refused")
    if isinstance(error, MissingExtraError):
        return RefusedError(501, "the gateway lacks what this needs", "api_error", "not_installed")
    if isinstance(error, InvalidInputError):
        return RefusedError(400, str(error))
    if isinstance(error, ModelUnavailableError):
        return RefusedError(503, "the model's server is not available", "api_error", "upstream_unavailable")
    if isinstance(error, TimeoutError):
        return RefusedError(504, "the request took longer than it may", "api_error", "timeout")
    if isinstance(error, OutlayError):
        return RefusedError(502, "a model or verifier failed", "api_error", "upstream_failed")
    return RefusedError(500, "the gateway failed", "api_error", "internal_error")
