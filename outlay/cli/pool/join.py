"""``outlay pool join``: several pools as one."""

from pathlib import Path
from typing import Annotated

import typer

from outlay.cli.pool.target import require_file
from outlay.pools import Pool
from outlay.pools.joining import join_pools


def join(
    paths: Annotated[list[Path], typer.Argument(metavar="POOL...", help="The pools' Parquet files.")],
    out: Annotated[Path, typer.Option(help="The pool to write, a Parquet file.")],
) -> None:
    """Put several pools into one, so that their tasks and levels are evaluated together."""
    require_file(out)
    joined = join_pools([Pool.open(path) for path in paths], out)
    typer.echo(f"{joined.samples:,} samples of {joined.problem_count:,} problems: {out}")
