"""What comes back: rows of outputs for each text, checked, and what the server counted.

    /classify  {"data": [{"index", "probs": [p, ...]}, ...], "usage": {"prompt_tokens", ...}}
    /pooling   {"data": [{"index", "data": [[p, ...], ...]}, ...], "usage": ...}
    /score     {"data": [{"index", "score": p}, ...], "usage": ...}
    /rerank    {"results": [{"index", "relevance_score": p}, ...], "usage": ...}, best first
    /tokenize  {"tokens": [id, ...]}

``usage.prompt_tokens_details.cached_tokens`` says how many tokens a prefix cache served, where a server tells.
"""

import json
import math
from typing import Any, NamedTuple

from outlay.verifiers.remote_reward.settings import Api
from outlay.wire.failures import AttemptFailedError

Row = list[float]
_FIELDS = {Api.CLASSIFY: "probs", Api.SCORE: "score", Api.RERANK: "relevance_score", Api.POOLING: "data"}


class Usage(NamedTuple):
    """Tokens that the server counted.

    Attributes:
        read: all that it was sent.
        cached: of these, the ones that a prefix cache served.
    """

    read: int
    cached: int


class Rewards(NamedTuple):
    """A reply.

    Attributes:
        rows: for each text, in the order asked, one row of outputs, or one for each step or token.
        usage: None where the server does not count.
    """

    rows: list[list[Row]]
    usage: Usage | None


def read_rewards(api: Api, data: bytes, count: int) -> Rewards:
    """The rewards of as many texts as were sent.

    Raises:
        AttemptFailedError: if the reply is of another form.
    """
    whole = _object(data)
    items = whole.get("results" if api is Api.RERANK else "data")
    if not isinstance(items, list) or len(items) != count:
        given = len(items) if isinstance(items, list) else "no"
        raise _malformed(f"it answered with {given} rewards for {count} texts")
    found: dict[int, list[Row]] = {}
    for position, item in enumerate(items):
        if not isinstance(item, dict) or _FIELDS[api] not in item:
            raise _malformed(f"a reward has no {_FIELDS[api]!r}")
        index = item.get("index", position)
        if type(index) is not int or index in found or not 0 <= index < count:
            raise _malformed(f"the rewards of {count} texts are not numbered from 0 to {count - 1}")
        found[index] = _rows(api, item[_FIELDS[api]])
    return Rewards([found[index] for index in range(count)], _usage(whole.get("usage")))


def read_tokens(data: bytes) -> list[int]:
    """The token ids of a text.

    Raises:
        AttemptFailedError: if the reply is of another form.
    """
    tokens = _object(data).get("tokens")
    if not isinstance(tokens, list) or not all(type(token) is int for token in tokens):
        raise _malformed("it answered with no list of tokens")
    return tokens


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise _malformed("its reply is not JSON") from None
    if not isinstance(value, dict):
        raise _malformed("its reply is not a JSON object")
    return value


def _rows(api: Api, value: object) -> list[Row]:
    if not isinstance(value, list):
        return [[_number(value)]]
    if api is Api.CLASSIFY:
        return [[_number(one) for one in value]]
    return [[_number(one) for one in row] if isinstance(row, list) else [_number(row)] for row in value]


def _number(value: object) -> float:
    """A number; what is none, as servers write it that have no word for it, is not a number either."""
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _malformed(f"a reward is {type(value).__name__} instead of a number")
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _usage(value: object) -> Usage | None:
    if not isinstance(value, dict):
        return None
    read = value.get("prompt_tokens", value.get("total_tokens"))
    if type(read) is not int or read < 0:
        return None
    details = value.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else 0
    return Usage(read, min(cached, read) if type(cached) is int and cached > 0 else 0)


def _malformed(reason: str) -> AttemptFailedError:
    return AttemptFailedError(reason, malformed=True)
