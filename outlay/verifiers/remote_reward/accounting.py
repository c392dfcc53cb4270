"""What rewards may cost and what they did cost, for each answer of a request."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from outlay.core.cost import Cost
from outlay.verifiers.remote_reward.reading import Usage
from outlay.verifiers.remote_reward.settings import RemoteRewardSettings

BYTES_PER_TOKEN = 4
"""Of English text, as most tokenizers cut it; for servers that do not count."""


def bound(settings: RemoteRewardSettings, sizes: Sequence[int]) -> Cost:
    """The most that one request can cost: no byte-level tokenizer makes more tokens than there are bytes.

    Args:
        settings: for prices.
        sizes: bytes of the text of each answer, question included.
    """
    return _cost(settings, sum(sizes) + settings.template_tokens * len(sizes), calls=1)


def shares(settings: RemoteRewardSettings, sizes: Sequence[int], usage: Usage | None, calls: int = 1) -> list[Cost]:
    """What each answer of a request cost, by its size; the sum is what the server counted, or else an estimate.

    Args:
        settings: for prices.
        sizes: bytes of the text of each answer, question included.
        usage: what the server counted, if it did.
        calls: what the request counts as.
    """
    estimate = sum(-(-size // BYTES_PER_TOKEN) for size in sizes)
    counted = usage or Usage(estimate, 0)
    read, cached = _parts(counted.read, sizes), _parts(counted.cached, sizes)
    return [
        _cost(settings, of_all, of_cached, calls=0 if position else calls, estimated=usage is None)
        for position, (of_all, of_cached) in enumerate(zip(read, cached, strict=True))
    ]


def _parts(whole: int, sizes: Sequence[int]) -> list[int]:
    """Whole numbers in proportion to the sizes, which add up to the whole."""
    total = max(sum(sizes), 1)
    upto = [whole * sum_so_far // total for sum_so_far in accumulate(sizes, initial=0)]
    return [after - before for before, after in pairwise([*upto[:-1], whole])]


def _cost(settings: RemoteRewardSettings, read: int, cached: int = 0, calls: int = 0, estimated: bool = False) -> Cost:
    return Cost(
        verifier_tokens=read - cached, cached_tokens=cached, calls=calls, dollars=read * settings.price / 1e6,
        flops=2.0 * settings.parameters * (read - cached), estimated=estimated,
    )  # fmt: skip
