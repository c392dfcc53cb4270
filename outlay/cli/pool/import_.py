"""``outlay pool import``: other people's samples as a pool."""

from pathlib import Path
from typing import Annotated

import anyio
import typer
from rich.console import Console

from outlay.cli.pool.target import require_file
from outlay.core.catalogue import parse
from outlay.core.errors import InvalidInputError, UnknownNameError
from outlay.pools.formats.importing import Format, Imported, Reader, import_samples, open_source
from outlay.pools.formats.rules import RULES
from outlay.pools.formats.settings import ReadSettings
from outlay.pools.manifest import Manifest
from outlay.verifiers import VERIFIERS
from outlay.verifiers.maths.judge import MathsJudge
from outlay.verifiers.maths.verifier import Maths

SHOWN = 20
"""Parts of a file that are named as left out; more are only counted."""


def import_(
    source: Annotated[Path, typer.Argument(help="A file or folder of samples.")],
    out: Annotated[Path, typer.Argument(help="The pool to write, a Parquet file.")],
    known: Annotated[
        str | None,
        typer.Option("--from", help=f"What it is: {', '.join(Format)}. Told by its first record if left out."),
    ] = None,
    rule: Annotated[
        str, typer.Option(help=f"How answers are read and compared: {', '.join(RULES)}; the format's own if left out.")
    ] = "",
    verifier: Annotated[
        str | None, typer.Option(help="maths, to compare answers with references as mathematics.")
    ] = None,
    task: Annotated[str, typer.Option(help="Name of the task, where the file names none.")] = "",
    model: Annotated[str, typer.Option(help="Who answered, where the file does not say.")] = "",
    scored_by: Annotated[
        str, typer.Option(help="Whose scores they are, in a file of search-and-learn.")
    ] = "reward_model",
) -> None:
    """Make a pool of samples that were drawn elsewhere. Bad lines are named and left out, with exit code 1."""
    if known is not None and known not in set(Format):
        raise UnknownNameError("format", known, Format)
    settings = ReadSettings(rule, task, model, scored_by)
    require_file(out)
    judge = None if verifier is None else _judge(verifier)
    reader = open_source(source, settings, None if known is None else Format(known))
    for warning in reader.warnings():
        typer.echo(f"note: {warning}", err=True)
    found = anyio.run(_import, reader, out, Manifest(source=str(source)), judge)
    _tell(found)
    typer.echo(f"{found.samples:,} samples of {found.problems:,} problems, {found.graded:,} graded: {out}")
    if found.bad_count:
        raise typer.Exit(1)


async def _import(reader: Reader, out: Path, manifest: Manifest, judge: MathsJudge | None) -> Imported:
    with Console(stderr=True).status("importing") as status:
        return await import_samples(
            reader, out, manifest, judge, lambda samples: status.update(f"importing: {samples:,} samples")
        )


def _judge(verifier: str) -> MathsJudge:
    if parse(verifier, "verifier").name != "maths":
        raise InvalidInputError(
            f"--verifier {verifier}: import grades by mathematics alone; for scores of any verifier "
            "there is  outlay pool judge"
        )
    built = VERIFIERS.build(verifier)
    assert isinstance(built, Maths)  # noqa: S101 (its name says so)
    return MathsJudge(built.seconds, built.memory)


def _tell(found: Imported) -> None:
    """Name what is left out."""
    for one in found.bad[:SHOWN]:
        typer.echo(f"{one.where}: {one.reason}", err=True)
    if found.bad_count > SHOWN:
        typer.echo(f"and {found.bad_count - SHOWN:,} more", err=True)
    if found.bad_count:
        typer.echo(f"{found.bad_count:,} left out", err=True)
