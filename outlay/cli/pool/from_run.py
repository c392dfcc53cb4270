"""``outlay pool from-run``: the results of ``outlay bench`` as a pool."""

from pathlib import Path
from typing import Annotated

import typer

from outlay.bench.pooling.from_run import pool_from_run
from outlay.cli.parts import PARTS
from outlay.cli.pool.target import require_file


def from_run(
    folder: Annotated[Path, typer.Argument(help="A folder that outlay bench has written.")],
    out: Annotated[Path, typer.Argument(help="The pool to write, a Parquet file.")],
    strategy: Annotated[
        str | None,
        typer.Option(help="Whose samples, as the run's table names it; the one with most if left out."),
    ] = None,
) -> None:
    """Take the independent samples of a run's strategy; strategies of one run share their draws."""
    require_file(out)
    taken = pool_from_run(folder, out, PARTS, strategy)
    typer.echo(f"{taken.samples:,} samples of {taken.problems:,} problems, drawn for {taken.strategy}: {out}")
    if taken.others:
        typer.echo(f"others that could be taken: {'; '.join(taken.others)}", err=True)
    if taken.unfinished:
        typer.echo(f"{taken.unfinished} questions lack samples and were left out", err=True)
