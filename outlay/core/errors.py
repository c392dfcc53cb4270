"""Every error that Outlay raises on purpose.

    OutlayError
    ├── InvalidInputError            the caller's mistake: exit code 2 on the command line
    │   ├── UnknownNameError         no such strategy, model, task, verifier, setting
    │   ├── InvalidSettingError      a setting outside its range or of the wrong type
    │   ├── MissingCapabilityError   the model or verifier cannot do what the strategy needs
    │   ├── MissingExtraError        an optional dependency is not installed
    │   └── EndpointRefusedError     the server refused the key or the request itself
    ├── ModelError                   a model failed through no fault of the caller
    │   ├── ModelUnavailableError    still failing after all retries
    │   └── MalformedReplyError      the server answered with something that is not its protocol
    ├── VerifierError                a verifier could not judge; this is not a verdict
    └── StoreError                   a results file cannot be read or written

A budget that runs out is not an error: it ends a strategy with the best answer so far.
"""

import difflib
from collections.abc import Iterable


class OutlayError(Exception):
    """Base class of all errors raised on purpose."""


class InvalidInputError(OutlayError, ValueError):
    """The caller's mistake; the message says what was wrong, where, and what would be right."""


class UnknownNameError(InvalidInputError):
    """A name that is not in a catalogue; the message suggests the nearest one."""

    def __init__(self, kind: str, given: str, known: Iterable[str]) -> None:
        names = sorted(map(str, known))
        near = difflib.get_close_matches(given, names, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        listed = ", ".join(names) or "none"
        super().__init__(f"unknown {kind} {given!r}{hint} Known: {listed}" if hint else
                         f"unknown {kind} {given!r}. Known: {listed}")  # fmt: skip
        self.kind = kind
        self.given = given
        self.nearest = near[0] if near else None


class InvalidSettingError(InvalidInputError):
    """A setting whose value is out of range or of the wrong type."""

    def __init__(self, owner: str, setting: str, given: object, allowed: str) -> None:
        super().__init__(f"{owner}: {setting}={given!r} is not valid; {setting} must be {allowed}")
        self.setting = setting


class MissingCapabilityError(InvalidInputError):
    """A strategy or verifier needs something that the given model, verifier or problem does not offer."""

    def __init__(self, needed_by: str, capability: str, lacking: str, offered_by: str) -> None:
        super().__init__(f"{needed_by} needs {capability}, which {lacking} does not offer; {offered_by}")


class MissingExtraError(InvalidInputError):
    """An optional dependency is missing; the message has the command that adds it."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs the extra '{extra}': run  pip install 'outlay[{extra}]'")


class EndpointRefusedError(InvalidInputError):
    """A server refused the key, the model's name or the request (HTTP 4xx that no retry can mend).

    Attributes:
        status: the HTTP status; 0 where the refusal was none.
        said: the server's own words.
    """

    def __init__(self, message: str, status: int = 0, said: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.said = said


class ModelError(OutlayError):
    """A model failed through no fault of the caller."""


class ModelUnavailableError(ModelError):
    """A model still failed after all retries."""


class MalformedReplyError(ModelError):
    """A server answered with something that is not its protocol."""


class VerifierError(OutlayError):
    """A verifier could not judge. An infrastructure failure never counts as a wrong answer."""


class StoreError(OutlayError):
    """A results file cannot be read or written."""
