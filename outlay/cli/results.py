"""``outlay results export``: what a run has measured, in the formats of other tools."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from outlay.bench.frames import Table, write_table

results = typer.Typer(help="Results of outlay bench.", no_args_is_help=True)


class Format(StrEnum):
    """What results can be written as."""

    INSPECT = "inspect"
    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


@results.callback()
def _only_a_group() -> None:
    pass


@results.command()
def export(
    run: Annotated[Path, typer.Argument(help="A folder that outlay bench has written, finished or not.")],
    out: Annotated[Path, typer.Argument(help="The file to write; for inspect, the folder for the logs.")],
    to: Annotated[Format, typer.Option(help="inspect: an eval log a cell; else one table, a row a trial.")],
    questions: Annotated[Path, typer.Option(help="For inspect: where paths in the experiment's file start.")] = Path(),
) -> None:
    """Write the trials of a run as Inspect's eval logs, or as a flat table."""
    if to is not Format.INSPECT:
        typer.echo(f"{write_table(run, out, Table(to))} trials: {out}")
        return
    from outlay.adapters.inspect_log import write_logs  # noqa: PLC0415 (an extra)

    typer.echo(f"{len(write_logs(run, out, questions))} logs: {out}")
