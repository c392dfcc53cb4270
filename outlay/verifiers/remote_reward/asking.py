"""One request, made again until there is a good reply or no attempt is left."""

from collections.abc import Callable
from contextlib import aclosing
from typing import TypeVar

import anyio

from outlay.core.errors import EndpointRefusedError
from outlay.verifiers.remote_reward.body import Post
from outlay.verifiers.remote_reward.settings import RemoteRewardSettings
from outlay.wire.connection import Connection, pieces
from outlay.wire.failures import Advice, AttemptFailedError

T = TypeVar("T")

ADVICE = Advice(
    {
        401: "check the key in the environment variable {variable}",
        403: "check the key in the environment variable {variable} and what it may use",
        404: "check the model's name, api and base_url: vLLM has classify, pooling and tokenize at its root, "
        "not below /v1",
        429: "check the account's quota and billing",
    },
    "check that the server runs a reward model of this kind, and the settings api, chat, rows and activation",
)

LARGEST_REPLY = 256 * 1024 * 1024
"""Bytes; a row for each token of many long texts is large."""


class Request:
    """Asks for one thing.

    Attributes:
        unanswered: whether the server may have read the text in vain: a reply was awaited and none came that can be
            read.
    """

    def __init__(self, settings: RemoteRewardSettings, connection: Connection) -> None:
        self.unanswered = False
        self._settings = settings
        self._connection = connection

    async def run(self, post: Post, read: Callable[[bytes], T]) -> T:
        """What can be read from the reply.

        Raises:
            AttemptFailedError: the last of them, if no attempt succeeds.
            EndpointRefusedError: if the server refuses the request.
        """
        failures = 0
        while True:
            before = self.unanswered
            try:
                found = read(await self._attempt(post))
            except AttemptFailedError as failed:
                self.unanswered = before or failed.lost or failed.malformed
                failures += 1
                if failures > self._settings.max_retries:
                    raise
                await self._connection.pause(failures, failed.retry_after)
            except EndpointRefusedError:
                self.unanswered = before
                raise
            else:
                self.unanswered = False
                return found

    async def _attempt(self, post: Post) -> bytes:
        seconds = self._settings.timeout_seconds
        with anyio.CancelScope() as scope:

            def sent() -> None:
                self.unanswered = True
                # From now on: waiting for a permit is not the server's fault.
                scope.deadline = anyio.current_time() + seconds

            body = bytearray()
            async with (
                self._connection.post(post.path, post.body, sent) as response,
                aclosing(pieces(response)) as read,
            ):
                async for piece in read:
                    body += piece
                    if len(body) > LARGEST_REPLY:
                        raise AttemptFailedError(f"its reply is over {LARGEST_REPLY} bytes long", malformed=True)
            return bytes(body)
        raise AttemptFailedError(f"no reply within {seconds:g} seconds", lost=True)
