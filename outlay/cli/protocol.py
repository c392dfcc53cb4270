"""``outlay protocol``: what runs of ``outlay bench`` come to by protocols of the literature; each writes its page."""

from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from outlay.bench.protocols.anytime import anytime as find_anytime
from outlay.bench.protocols.page import NOTE, Findings, ProtocolTable, write_page
from outlay.bench.protocols.questions import FinishedRun, read_run
from outlay.bench.protocols.repetition import repetition

protocol = typer.Typer(help="Measure a run by protocols of the literature.", no_args_is_help=True)
Run = Annotated[Path, typer.Argument(help="A folder that outlay bench has written.")]


@protocol.callback()
def only_a_group() -> None:
    """Each command writes a page and Markdown tables into the run's folder."""


@protocol.command()
def anytime(
    run: Run,
    target: Annotated[float | None, typer.Option(help="Accuracy to reach; 0.9 of the baseline's if left out.")] = None,
    low: Annotated[float | None, typer.Option(help="Fewest tokens; those of the first answer if left out.")] = None,
    high: Annotated[float | None, typer.Option(help="Most tokens; those of the dearest question if left out.")] = None,
) -> None:
    """Show the area under accuracy over log tokens, and how many tokens a target takes."""
    read = read_run(run)
    _tell(run, read, find_anytime(read, target, low, high))


@protocol.command()
def repeat(run: Run) -> None:
    """Show best, average and worst of k runs under a perfect verifier, and k attempts in turn with its feedback."""
    read = read_run(run)
    _tell(run, read, repetition(read))


def _tell(folder: Path, run: FinishedRun, findings: Findings) -> None:
    console = Console(highlight=False)
    for table in findings.tables:
        console.print(_shown(table))
    console.print(NOTE, markup=False)
    typer.echo(f"page: {write_page(folder, findings, run.manifest)}")


def _shown(table: ProtocolTable) -> Table:
    shown = Table(
        title=escape(table.title), caption=escape(table.note), title_justify="left", caption_justify="left",
        box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False,
    )  # fmt: skip
    for position, name in enumerate(table.head):
        shown.add_column(name, justify="right" if position else "left", overflow="fold")
    for row in table.rows:
        shown.add_row(*map(escape, row))
    return shown
