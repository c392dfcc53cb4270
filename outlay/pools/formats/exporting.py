"""Exporting: a pool becomes a file in somebody else's format, problem by problem."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from outlay.core.errors import InvalidInputError, UnknownNameError
from outlay.pools.formats.monkeys import write_monkeys
from outlay.pools.formats.rows import chosen_columns, write_csv, write_jsonl, write_parquet
from outlay.pools.formats.search_and_learn import write_search_and_learn
from outlay.pools.pool import Pool


class Target(StrEnum):
    """What a pool can be written as."""

    CSV = "csv"
    PARQUET = "parquet"
    JSONL = "jsonl"
    MONKEYS = "monkeys"
    SEARCH_AND_LEARN = "search-and-learn"


ROWS = frozenset({Target.CSV, Target.PARQUET, Target.JSONL})
"""Those with a row for each sample."""


def export_pool(
    pool: Pool, out: Path, target: Target, columns: Sequence[str] = (), verifier: str | None = None
) -> None:
    """Write a pool in another format.

    Args:
        pool: to write.
        out: where to.
        target: the format.
        columns: which to write, for formats with a row a sample; all if empty.
        verifier: whose scores to write as search-and-learn; the pool's only one if None.

    Raises:
        InvalidInputError: for a column or verifier that the pool lacks, or a choice that the format does not have.
        StoreError: if the pool cannot be read or the file cannot be written.
    """
    if out.resolve() == pool.path.resolve():
        raise InvalidInputError("a pool cannot be exported onto itself; name another file")
    if columns and target not in ROWS:
        raise InvalidInputError(f"{target} has columns of its own; choose columns for {', '.join(sorted(ROWS))}")
    if verifier is not None and target is not Target.SEARCH_AND_LEARN:
        raise InvalidInputError(
            f"{target} does not ask for a verifier; only {Target.SEARCH_AND_LEARN} holds one's scores"
        )
    chosen = chosen_columns(pool, columns)
    match target:
        case Target.CSV:
            write_csv(out, pool.problems(chosen), chosen)
        case Target.JSONL:
            write_jsonl(out, pool.problems(chosen), chosen)
        case Target.PARQUET:
            write_parquet(out, pool, chosen)
        case Target.MONKEYS:
            write_monkeys(out, pool.problems())
        case Target.SEARCH_AND_LEARN:
            write_search_and_learn(out, pool.problems(), _verifier(pool, verifier))


def _verifier(pool: Pool, wanted: str | None) -> str | None:
    if wanted is not None and wanted not in pool.verifiers:
        raise UnknownNameError("verifier of this pool", wanted, pool.verifiers)
    if wanted is None and len(pool.verifiers) > 1:
        raise InvalidInputError(
            f"search-and-learn holds the scores of one verifier; name it, out of {', '.join(pool.verifiers)}"
        )
    return wanted or next(iter(pool.verifiers), None)
