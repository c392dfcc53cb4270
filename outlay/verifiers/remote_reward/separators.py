"""Where the steps of an answer end among a text's tokens, as the server's own tokenizer cuts it."""

from collections.abc import Sequence
from typing import NamedTuple

from outlay.core.errors import InvalidSettingError
from outlay.core.problem import Problem
from outlay.verifiers.remote_reward.asking import Request
from outlay.verifiers.remote_reward.body import Post, separator_post, tokenize_post
from outlay.verifiers.remote_reward.reading import read_tokens
from outlay.verifiers.remote_reward.settings import OWNER, RemoteRewardSettings
from outlay.wire.connection import Connection


class Places(NamedTuple):
    """Which rows of outputs are the scores.

    Attributes:
        rows: how many rows there must be.
        scores: their places, one for each separator.
    """

    rows: int
    scores: Sequence[int]


class Separators:
    """Asks for tokens; those of the separator are remembered. No model reads anything, so it costs nothing."""

    def __init__(self, settings: RemoteRewardSettings, connection: Connection) -> None:
        self._settings = settings
        self._connection = connection
        self._separator: list[int] | None = None

    async def tokens(self, problem: Problem, answer: str) -> list[int]:
        """The token ids of what the model reads of an answer.

        Raises:
            AttemptFailedError: if the server gives none.
            EndpointRefusedError: if it refuses.
        """
        return await self._tokens(tokenize_post(self._settings, problem, answer))

    async def places(self, ids: Sequence[int]) -> Places:
        """The places of the separators among some tokens: of the last token, where it is cut in several.

        Raises:
            InvalidSettingError: if the separator is no token at all.
            AttemptFailedError: if the server does not tell its tokens.
            EndpointRefusedError: if it refuses to.
        """
        separator = self._separator
        if separator is None:
            separator = self._separator = await self._tokens(separator_post(self._settings))
        if not separator:
            raise InvalidSettingError(OWNER, "separator", self._settings.separator, "a token of the model")
        shift = len(separator) - 1 - self._settings.before
        found = [at + shift for at in range(len(ids)) if ids[at : at + len(separator)] == separator]
        return Places(len(ids), [place for place in found if place >= 0])

    async def _tokens(self, post: Post) -> list[int]:
        return await Request(self._settings, self._connection).run(post, read_tokens)
