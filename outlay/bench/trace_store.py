"""Traces on disk: zlib-compressed JSON beside the results that they explain."""

import json
import zlib
from collections.abc import Mapping
from typing import Any

from outlay.bench.store import Store
from outlay.core.errors import StoreError


def pack(trace: Mapping[str, Any]) -> bytes:
    """A trace as it is kept."""
    return zlib.compress(json.dumps(trace, separators=(",", ":"), ensure_ascii=False).encode())


def unpack(packed: bytes) -> dict[str, Any]:
    """The trace that was packed.

    Raises:
        StoreError: if it is damaged.
    """
    try:
        return dict(json.loads(zlib.decompress(packed)))
    except (zlib.error, ValueError) as error:
        raise StoreError(f"a trace cannot be read: {error}") from error


def trace_sizes(store: Store) -> dict[str, int]:
    """Bytes of each packed trace, by the key of its trial."""
    if not _has_traces(store):
        return {}
    return {str(key): int(str(size)) for key, size in store.execute("select key, length(trace) from traces")}


def packed_trace(store: Store, key: str) -> bytes | None:
    """The packed trace of a trial; None if none was recorded."""
    rows = store.execute("select trace from traces where key = ?", (key,)) if _has_traces(store) else []
    found = rows[0][0] if rows else None
    return found if isinstance(found, bytes) else None


def _has_traces(store: Store) -> bool:
    """Whether there is a table for them; a folder that an older version made has none."""
    return bool(store.execute("select 1 from sqlite_master where type = 'table' and name = 'traces'"))
