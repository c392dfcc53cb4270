"""``outlay bench`` and ``outlay report``: what a budget buys, measured."""

from pathlib import Path
from types import TracebackType
from typing import Annotated, Self

import anyio
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from outlay.bench.experiment import load
from outlay.bench.report import write_comparison, write_report
from outlay.bench.runner import Progress, run
from outlay.bench.table import comparison_table, summary_table
from outlay.cli.parts import PARTS
from outlay.core.errors import InvalidInputError


def bench(
    experiment: Annotated[Path, typer.Argument(help="The experiment's TOML file.")],
    out: Annotated[Path, typer.Option(help="Folder for results; the same command goes on where it was stopped.")],
    retry_failed: Annotated[bool, typer.Option(help="Run trials again that failed before.")] = False,
) -> None:
    """Run tasks x models x strategies x budgets x seeds from a file, then show and report the results."""
    loaded = load(experiment, PARTS)
    with _Display() as display:
        ended = anyio.run(lambda: run(loaded, PARTS, out, progress=display.show, retry_failed=retry_failed))
    _tell(out)
    if ended.failed:
        typer.echo(f"{ended.failed} trials failed, the last with: {ended.cause}", err=True)
        raise typer.Exit(1)


def report(
    folders: Annotated[list[Path], typer.Argument(help="A folder that outlay bench has written; several to compare.")],
    out: Annotated[Path | None, typer.Option(help="The comparison's page; comparison.html if left out.")] = None,
) -> None:
    """Show the results of a run, finished or not, and write its report; compare several with the first."""
    if len(folders) > 1:
        _compare(folders, out or Path("comparison.html"))
    elif out is not None:
        raise InvalidInputError("--out is for comparisons; the report of one run goes into its folder")
    else:
        _tell(folders[0])


def _tell(folder: Path) -> None:
    with Console(stderr=True).status("writing the report"):
        made = write_report(folder)
    Console(highlight=False).print(summary_table(made.rows, made.manifest.baseline))
    typer.echo(f"report: {made.path}")


def _compare(folders: list[Path], path: Path) -> None:
    with Console(stderr=True).status("writing the comparison"):
        sides = write_comparison(folders, path)
    for side in sides:
        Console(highlight=False).print(comparison_table(side))
    typer.echo(f"comparison: {path}")


class _Display:
    """A progress bar on standard error."""

    def __init__(self) -> None:
        self._bar = Bar(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[spent]}"),
            TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(), console=Console(stderr=True),
        )  # fmt: skip
        self._task = self._bar.add_task("questions", total=None, spent="")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar.live.is_started:
            self._bar.stop()

    def show(self, progress: Progress) -> None:
        """Move the bar; it appears with the first call, so that a refused experiment shows its message alone."""
        self._bar.start()
        spent = f"{progress.paid.tokens:,} tokens"
        if progress.paid.dollars:
            spent += f", ${progress.paid.dollars:.4f}"
        if progress.failed:
            spent += f", {progress.failed} failed"
        self._bar.update(self._task, total=progress.total, completed=progress.done + progress.failed, spent=spent)
