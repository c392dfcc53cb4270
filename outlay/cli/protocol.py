"""``outlay protocol``: what runs of ``outlay bench`` come to by protocols of the literature; each writes its page."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from outlay.bench.protocols.ablation import ablation
from outlay.bench.protocols.anytime import anytime as find_anytime
from outlay.bench.protocols.matched import contender, matched
from outlay.bench.protocols.page import Findings, ProtocolTable, write_page
from outlay.bench.protocols.questions import FinishedRun, read_run
from outlay.bench.protocols.repetition import repetition
from outlay.bench.protocols.runtime import runtimes
from outlay.bench.protocols.steps import step_metrics
from outlay.bench.protocols.timing import read_timing
from outlay.models import MODELS
from outlay.tasks import TASKS

protocol = typer.Typer(help="Measure a run by protocols of the literature.", no_args_is_help=True)
FIRST_WIDTH = 18
"""Least width of the one column that folds, where there is room."""
NARROW = 8
"""The same where there is not."""
Run = Annotated[Path, typer.Argument(help="A folder that outlay bench has written.")]


@protocol.callback()
def only_a_group() -> None:
    """Each command writes a page and Markdown tables into the run's folder."""


@protocol.command()
def ablate(run: Run) -> None:
    """Show what each change of an experiment's [ablation] does to each strategy and on each task."""
    read = read_run(run)
    _tell(run, read, ablation(read))


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


@protocol.command()
def match(
    runs: Annotated[list[Path], typer.Argument(help="One folder or more that outlay bench has written.")],
    small: Annotated[str, typer.Option(help="The small model, as the run names it.")],
    large: Annotated[str, typer.Option(help="The large model, as the run names it.")],
    small_parameters: Annotated[float | None, typer.Option(help="Its weights, if its card has not.")] = None,
    large_parameters: Annotated[float | None, typer.Option(help="Its weights, if its card has not.")] = None,
) -> None:
    """Set a small model with many samples against a large one with few, at equal FLOPs."""
    read = [read_run(run) for run in runs]
    both = contender(small, small_parameters, MODELS), contender(large, large_parameters, MODELS)
    _tell(runs[0], read[0], matched(read, *both))


@protocol.command()
def runtime(
    run: Run,
    timing: Annotated[list[Path], typer.Option(help="What outlay models time has written; may be repeated.")],
    accelerators: Annotated[float, typer.Option(help="How many serve the model at a time.")] = 1.0,
    price: Annotated[float, typer.Option(help="US dollars an accelerator-hour; shows costs.")] = 0.0,
) -> None:
    """Show how long a run's calls would take if nothing disturbed them, and what that costs."""
    read = read_run(run)
    _tell(run, read, runtimes(read, [read_timing(one) for one in timing], accelerators, price))


@protocol.command()
def steps(run: Run) -> None:
    """Show prefix accuracy, sequential and final match on tasks whose references check steps."""
    read = read_run(run)
    _tell(run, read, step_metrics(read, TASKS))


def _tell(folder: Path, run: FinishedRun, findings: Findings) -> None:
    console = Console(highlight=False)
    for table in findings.tables:
        for shown in _shown(table, console.width):
            console.print(shown)
        console.print(table.note, markup=False, style="italic")
        console.print()
    console.print(findings.note, markup=False, style="italic")
    typer.echo(f"page: {write_page(folder, findings, run.manifest)}")


def _shown(table: ProtocolTable, width: int) -> Iterator[Table]:
    """The table's sections for a terminal; in a narrow one, intervals stand below what they belong to."""
    full = [table.head, *(row for row in table.rows if len(row) > 1)]
    first, *others = (max(map(len, column)) for column in zip(*full, strict=True))
    first = min(first, FIRST_WIDTH)
    narrow = first + sum(others) + 2 * len(others) + 2 > width
    title = table.title
    for headed, rows in groupby(table.rows, lambda row: len(row) == 1):
        if headed:
            title = "\n".join(filter(None, [title, *(row[0] for row in rows)]))
            continue
        yield _section(table.head, title, [*rows], min(first, NARROW) if narrow else first, narrow)
        title = ""


def _section(head: Sequence[str], title: str, rows: Sequence[Sequence[str]], first: int, narrow: bool) -> Table:
    shown = Table(
        title=escape(title) or None, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False
    )
    shown.add_column(head[0], overflow="fold", min_width=first)
    for name in head[1:]:
        shown.add_column(name.replace(" ", "\n") if narrow else name, justify="right", no_wrap=True)
    for row in rows:
        shown.add_row(*(escape(cell.replace(" [", "\n[") if narrow else cell) for cell in row))
    return shown
