"""Where a server is and how it is to be asked."""

from typing import Protocol

from yarl import URL

from outlay.core.errors import InvalidInputError


class Endpoint(Protocol):
    """The settings of a part that asks a server.

    The key is not among them: it is read from the environment when the connection opens, so that it can end up in no
    representation, no error and no results file.
    """

    @property
    def base_url(self) -> str:
        """The server; paths are appended to it."""
        ...

    @property
    def host(self) -> str:
        """The server's host and port, for messages."""
        ...

    @property
    def api_key_variable(self) -> str:
        """The environment variable that holds the key; no key is sent where it is empty or unset."""
        ...

    @property
    def max_concurrency(self) -> int:
        """Requests on the wire at a time."""
        ...

    @property
    def timeout_seconds(self) -> float:
        """Longest wait for the server's next sign of life."""
        ...


def check_base_url(owner: str, base_url: str, example: str) -> None:
    """Refuse what is no HTTP address, or one with a password in it.

    Raises:
        InvalidInputError: naming the owner; the address is left out of the message, since it may carry a password.
    """
    try:
        url = URL(base_url)
    except ValueError:
        url = URL()
    if url.scheme not in {"http", "https"} or not url.host or url.user or url.password:
        raise InvalidInputError(
            f"{owner}: base_url must be an http or https URL without a user or password, as in {example}"
        )
