"""``outlay verify doctor``: which layers of the sandbox for programs hold on this machine."""

import json
from dataclasses import asdict
from typing import Annotated

import anyio
import typer

from outlay.core.errors import VerifierError
from outlay.verifiers.code.isolation import Isolation
from outlay.verifiers.code.layers import Layer, prove, strongest


def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object: isolation, full, layers (name, holds, detail).")
    ] = False,
) -> None:
    """Try to break out of the sandbox in every way it should hold; exit code 0 if none works, 1 if one does."""
    isolation, layers = anyio.run(_examine)
    full = bool(layers) and all(one.holds for one in layers)
    if as_json:
        facts = {"isolation": isolation, "full": full, "layers": [asdict(one) for one in layers]}
        typer.echo(json.dumps(facts))
    else:
        typer.echo(f"isolation: {isolation or 'none'}")
        for one in layers:
            typer.echo(f"{'holds ' if one.holds else 'BROKEN'}  {one.name}" + (f": {one.detail}" if one.detail else ""))
        typer.echo("the full sandbox holds" if full else "the sandbox is weaker than it should be")
    raise typer.Exit(0 if full else 1)


async def _examine() -> tuple[Isolation | None, list[Layer]]:
    try:
        isolation = (await strongest()).isolation
        return isolation, await prove(isolation)
    except VerifierError as error:
        return None, [Layer("programs run", False, str(error))]
