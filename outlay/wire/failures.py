"""What goes wrong on the way to a server, told apart: what another attempt may mend and what it cannot."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from outlay.core.errors import EndpointRefusedError

LONGEST_WAIT = 60.0
"""Seconds; a server that asks for a longer pause gets this one."""

_RETRIED = frozenset({408, 409, 425, 429})


@dataclass(frozen=True, slots=True)
class Advice:
    """What to check when a server refuses a request; ``{variable}`` stands for the name of the key's variable.

    Attributes:
        by_status: for some HTTP statuses.
        otherwise: for all others.
    """

    by_status: Mapping[int, str]
    otherwise: str


class AttemptFailedError(Exception):
    """One attempt failed in a way that another may mend. It never leaves the part that asks.

    Attributes:
        reason: what happened, for the message if no attempt succeeds.
        malformed: whether the server answered, but not in its protocol.
        retry_after: seconds that the server asked to wait, if it did.
        lost: whether the connection broke when the request may have arrived, so that the server may be answering it.
        absent: whether there is nobody to connect to; a connection that only took too long is not that.
    """

    def __init__(
        self,
        reason: str,
        *,
        malformed: bool = False,
        retry_after: float | None = None,
        lost: bool = False,
        absent: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.malformed = malformed
        self.lost = lost
        self.absent = absent
        self.retry_after = retry_after


class Failures:
    """Makes errors from a server's replies.

    Args:
        host: the server, for messages.
        variable: the environment variable that holds the key.
        key: removed from whatever a server says.
        advice: what to check when the server refuses.
    """

    def __init__(self, host: str, variable: str, key: str, advice: Advice) -> None:
        self._host = host
        self._variable = variable
        self._key = key
        self._advice = advice

    def of_status(self, status: int, headers: Mapping[str, str], body: bytes) -> Exception:
        """The error for an HTTP status other than 200."""
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            value = body.decode("utf-8", "replace")
        return self._error(status, value, retry_after(headers.get("retry-after"), datetime.now(UTC)))

    def of_event(self, error: object) -> Exception:
        """The error that a server reports in a stream; its code is a status where it is a number."""
        code = error.get("code") if isinstance(error, dict) else None
        return self._error(code if isinstance(code, int) else 500, error, None)

    def _error(self, status: int, value: object, wait: float | None) -> Exception:
        said = self._tidy(_message(value))
        if status >= 500 or (status in _RETRIED and not _out_of_quota(value)):
            return AttemptFailedError(f"status {status}: {said}", retry_after=wait)
        check = self._advice.by_status.get(status, self._advice.otherwise).format(variable=self._variable)
        message = f"{self._host} refused the request with status {status}: {said}; {check}"
        return EndpointRefusedError(message, status, said)

    def _tidy(self, message: str) -> str:
        hidden = message.replace(self._key, "***") if self._key else message
        one_line = " ".join(hidden.split())
        return one_line if len(one_line) <= 300 else f"{one_line[:300]} ..."


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a ``Retry-After`` header asks for, as a number or as a date, at most ``LONGEST_WAIT``.

    Source: RFC 9110, section 10.2.3.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            date = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
    return None if math.isnan(seconds) else min(max(seconds, 0.0), LONGEST_WAIT)


def _out_of_quota(value: object) -> bool:
    return "insufficient_quota" in (_inner(value).get("code"), _inner(value).get("type"))


def _inner(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {}
    inner = value.get("error", value)
    return inner if isinstance(inner, dict) else {"message": inner}


def _message(value: object) -> str:
    if isinstance(value, str):
        return value or "no message"
    found = _inner(value)
    return str(found.get("message") or found.get("detail") or value)
