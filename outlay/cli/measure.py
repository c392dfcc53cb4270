"""``outlay bench`` and ``outlay report``: what a budget buys, measured."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import anyio
import typer
from rich.console import Console

from outlay.bench.choices import read_total
from outlay.bench.executor import Executor, LocalExecutor
from outlay.bench.experiment import load
from outlay.bench.plan import plan
from outlay.bench.progress import Progress
from outlay.bench.ray_executor import RayExecutor
from outlay.bench.report import write_comparison, write_report
from outlay.bench.runner import run
from outlay.bench.summary import Row
from outlay.bench.table import comparison_table, summary_table
from outlay.bench.thresholds import Threshold, all_misses
from outlay.cli.parts import PARTS
from outlay.cli.planned import print_plan
from outlay.cli.progress import display
from outlay.core.errors import InvalidInputError, UnknownNameError

SPENT_OUT = 3
"""Exit code where the experiment's own budget left trials unrun."""


def bench(
    experiment: Annotated[Path, typer.Argument(help="The experiment's TOML file.")],
    out: Annotated[Path, typer.Option(help="Folder for results; the same command goes on where it was stopped.")],
    retry_failed: Annotated[bool, typer.Option(help="Run trials again that failed before.")] = False,
    budget: Annotated[
        str | None,
        typer.Option(
            help="What the whole experiment may spend, over all its sessions, as in tokens=5_000_000,dollars=5; "
            "in place of the file's total.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be run and what it would cost; spend and write nothing.")
    ] = False,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(
            help="Exit with code 1 where accuracy, or low, the lower end of its interval, is under this, as in "
            "accuracy=0.4 or 'greedy: low=0.3'; may be repeated.",
            show_default=False,
        ),
    ] = None,
    executor: Annotated[
        str, typer.Option(help="Where questions are worked on: local, or ray for a Ray cluster (extra ray).")
    ] = "local",
    workers: Annotated[
        int | None,
        typer.Option(help="Processes of the cluster; as many as it has processors if left out.", show_default=False),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Run tasks x models x strategies x budgets x seeds from a file, then show and report the results."""
    thresholds = [Threshold.parse(text) for text in fail_under or ()]
    site = _executor(executor, workers)
    loaded = load(experiment, PARTS)
    if budget is not None:
        loaded = replace(loaded, total=read_total(budget, "--budget"))
    if dry_run:
        print_plan(plan(loaded, PARTS, out, retry_failed))
        return
    with display(quiet) as shown:
        ended = anyio.run(
            lambda: run(loaded, PARTS, out, progress=shown.show, retry_failed=retry_failed, executor=site)
        )
    rows = _tell(out) if ended.done or not ended.spent_out else []
    _leave(ended, all_misses(thresholds, rows), str(loaded.total))


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


def _executor(name: str, workers: int | None) -> Executor:
    if name == "ray":
        return RayExecutor(workers)
    if name != "local":
        raise UnknownNameError("executor", name, ("local", "ray"))
    if workers is not None:
        raise InvalidInputError("--workers goes with --executor ray; questions at a time are the file's concurrency")
    return LocalExecutor()


def _tell(folder: Path) -> Sequence[Row]:
    with Console(stderr=True).status("writing the report"):
        made = write_report(folder)
    Console(highlight=False).print(summary_table(made.rows, made.manifest.baseline))
    typer.echo(f"report: {made.path}")
    return made.rows


def _leave(ended: Progress, misses: Sequence[str], total: str) -> None:
    """Say what is not as it should be, and leave with the code for it."""
    for miss in misses:
        typer.echo(miss, err=True)
    if ended.failed:
        typer.echo(f"{ended.failed} trials failed, the last with: {ended.cause}", err=True)
    if ended.spent_out:
        typer.echo(
            f"the experiment's budget of {total} is spent: {ended.unrun} of {ended.total} trials stay unrun; "
            "the same command with a larger --budget goes on with them",
            err=True,
        )
        raise typer.Exit(SPENT_OUT)
    if ended.failed or misses:
        raise typer.Exit(1)


def _compare(folders: list[Path], path: Path) -> None:
    with Console(stderr=True).status("writing the comparison"):
        sides = write_comparison(folders, path)
    for side in sides:
        Console(highlight=False).print(comparison_table(side))
    typer.echo(f"comparison: {path}")
