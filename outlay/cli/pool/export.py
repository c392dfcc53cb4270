"""``outlay pool export``: a pool in somebody else's format."""

from pathlib import Path
from typing import Annotated

import typer

from outlay.cli.pool.target import require_file
from outlay.core.errors import UnknownNameError
from outlay.pools import Pool
from outlay.pools.formats.exporting import Target, export_pool


def export(
    pool: Annotated[Path, typer.Argument(help="The pool.")],
    out: Annotated[Path, typer.Argument(help="The file to write; for monkeys without .json or .jsonl, a folder.")],
    target: Annotated[str, typer.Option("--to", help=f"What to write: {', '.join(Target)}.")],
    column: Annotated[
        list[str] | None, typer.Option(help="For csv, parquet and jsonl: a column to write; may be repeated.")
    ] = None,
    verifier: Annotated[
        str | None, typer.Option(help="For search-and-learn: whose scores, if there are several.")
    ] = None,
) -> None:
    """Write a pool in another format: rows for tables, or what other libraries read."""
    if target not in set(Target):
        raise UnknownNameError("format", target, Target)
    if target != Target.MONKEYS or out.suffix:
        require_file(out)
    export_pool(Pool.open(pool), out, Target(target), column or (), verifier)
    typer.echo(f"written: {out}")
