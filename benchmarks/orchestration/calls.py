"""What the server noted of each sample, and the shortest time in which those samples could have been had."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """One sample as the server made it; times are seconds of the server's clock.

    Attributes:
        request: number of the request that asked for it.
        depth: steps that were written before it.
        rating: whether it rated an answer instead of writing one.
        tokens: its length.
        latency: how long its tokens take, as drawn.
        arrived: when it was asked for.
        started: when it had a place among those written at a time.
        ended: when its last token was sent.
    """

    request: int
    depth: int
    rating: bool
    tokens: int
    latency: float
    arrived: float
    started: float
    ended: float


def critical_path(calls: Sequence[Call], concurrency: int, verdict_seconds: float) -> float:
    """Least seconds for the samples of one question, depth after depth, where each depth waits for the one before.

    A depth takes as long as its slowest sample, or as all of them together on so many places, and one verdict. For a
    method without steps there is one depth. Ratings, which only some contenders ask the model for, are left out.
    """
    depths: dict[int, list[float]] = {}
    for call in calls:
        if not call.rating:
            depths.setdefault(call.depth, []).append(call.latency)
    return sum(_least(latencies, concurrency) + verdict_seconds for latencies in depths.values())


def lag(calls: Iterable[Call]) -> float:
    """The server's own delay: the most that a sample took beyond its latency, in seconds."""
    return max(call.ended - call.started - call.latency for call in calls)


def _least(latencies: Sequence[float], concurrency: int) -> float:
    return max(*latencies, sum(latencies) / concurrency)
