"""Several pools as one, so that their exams are evaluated together."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from outlay.core.errors import InvalidInputError
from outlay.pools.manifest import Manifest
from outlay.pools.pool import Pool
from outlay.pools.writer import PoolWriter

T = TypeVar("T")


def join_pools(pools: Sequence[Pool], out: Path | str) -> Pool:
    """Write all problems of some pools, in their order, into one; what a pool lacks is null in its rows.

    Temperature, nucleus and seed are kept where all pools agree in them.

    Raises:
        InvalidInputError: if a problem is in two of them, or ``out`` is one of them.
        StoreError: if a file cannot be read or written.
    """
    if not pools:
        raise InvalidInputError("name at least one pool to join")
    path = Path(out)
    if any(path.resolve() == pool.path.resolve() for pool in pools):
        raise InvalidInputError(f"{path} is one of the pools to join; name another file for the result")
    verifiers = dict.fromkeys(verifier for pool in pools for verifier in pool.verifiers)
    with PoolWriter(path, _manifest(pools), list(verifiers)) as writer:
        for pool in pools:
            for problem in pool.problems():
                writer.write(problem)
    return Pool.open(path)


def _manifest(pools: Sequence[Pool]) -> Manifest:
    held = [pool.manifest for pool in pools]
    return Manifest(
        source="; ".join(dict.fromkeys(one.source for one in held if one.source)),
        temperature=_shared([one.temperature for one in held]),
        top_p=_shared([one.top_p for one in held]),
        seed=_shared([one.seed for one in held]),
    )


def _shared(values: Sequence[T]) -> T | None:
    return values[0] if len(set(values)) == 1 else None
