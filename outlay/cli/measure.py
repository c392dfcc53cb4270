"""``outlay bench`` and ``outlay report``: what a budget buys, measured."""

from pathlib import Path
from typing import Annotated

import anyio
import typer
from rich.console import Console

from outlay.bench.experiment import load
from outlay.bench.report import write_report
from outlay.bench.runner import run
from outlay.bench.table import summary_table
from outlay.cli.parts import PARTS
from outlay.cli.progress import RunDisplay


def bench(
    experiment: Annotated[Path, typer.Argument(help="The experiment's TOML file.")],
    out: Annotated[Path, typer.Option(help="Folder for results; the same command goes on where it was stopped.")],
    retry_failed: Annotated[bool, typer.Option(help="Run trials again that failed before.")] = False,
) -> None:
    """Run tasks x models x strategies x budgets x seeds from a file, then show and report the results."""
    loaded = load(experiment, PARTS)
    with RunDisplay() as display:
        ended = anyio.run(lambda: run(loaded, PARTS, out, progress=display.show, retry_failed=retry_failed))
    _tell(out)
    if ended.failed:
        typer.echo(f"{ended.failed} trials failed, the last with: {ended.cause}", err=True)
        raise typer.Exit(1)


def report(folder: Annotated[Path, typer.Argument(help="A folder that outlay bench has written.")]) -> None:
    """Show the results of a run, finished or not, and write its HTML report."""
    _tell(folder)


def _tell(folder: Path) -> None:
    with Console(stderr=True).status("writing the report"):
        made = write_report(folder)
    Console(highlight=False).print(summary_table(made.rows, made.manifest.baseline))
    typer.echo(f"report: {made.path}")
