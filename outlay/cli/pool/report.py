"""``outlay pool report``: a pool as one HTML page."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from outlay.bench.pooling.report import write_pool_report
from outlay.cli.pool.evaluate import Baseline, Seed, Selections, Sizes, Target, numbers
from outlay.core.errors import InvalidInputError
from outlay.pools import Pool, Settings, evaluate


def report(
    path: Annotated[Path, typer.Argument(metavar="POOL", help="The pool's Parquet file.")],
    out: Annotated[
        Path | None,
        typer.Option(
            help="The folder to write into; beside the pool, under its name, if left out.", show_default=False
        ),
    ] = None,
    selections: Selections = None,
    sizes: Sizes = "",
    baseline: Baseline = "",
    target: Target = "",
    seed: Seed = 0,
) -> None:
    """Write one HTML page with what each selection makes of n samples, and charts and tables beside it."""
    folder = out or path.with_suffix(".report")
    if folder.exists() and not folder.is_dir():
        raise InvalidInputError(f"{str(folder)!r} is a file; the report needs a folder")
    pool = Pool.open(path)
    with Console(stderr=True).status("evaluating the pool"):
        found = evaluate(pool, selections or (), numbers(sizes), baseline, Settings(seed, target=target))
    with Console(stderr=True).status("writing the page"):
        page = write_pool_report(pool, found, folder)
    typer.echo(f"report: {page}")
