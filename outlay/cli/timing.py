"""``outlay models time``: how long a model takes for prompt tokens and output tokens."""

from pathlib import Path
from typing import Annotated

import anyio
import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress

from outlay.bench.protocols.timing import ProbePlan, Timing, probe, write_timing
from outlay.cli.parts import opened_model
from outlay.core.errors import InvalidInputError


def time(
    model: Annotated[str, typer.Argument(help="Who is timed; see: outlay models list")],
    out: Annotated[Path, typer.Option(help="Where the timing is kept, for: outlay protocol runtime")],
    prompts: Annotated[str, typer.Option(help="Lengths of prompts, in words.")] = "16,256,1024",
    outputs: Annotated[str, typer.Option(help="Tokens to write.")] = "1,16,64",
    repeats: Annotated[int, typer.Option(help="Calls of each pair; the fastest counts.")] = 5,
    seed: Annotated[int, typer.Option(help="Of the prompts.")] = 0,
) -> None:
    """Time a model by calls of several lengths, one after another."""
    plan = ProbePlan(_wholes("prompts", prompts), _wholes("outputs", outputs), repeats)
    found = anyio.run(_probe, model, plan, seed)
    write_timing(found, out)
    for name, value, unit in (("call", found.call, 1.0), ("prompt", found.prompt, 1e3), ("output", found.output, 1e3)):
        told = f"{unit * value.estimate:.4g} [{unit * value.low:.4g}, {unit * value.high:.4g}]"
        typer.echo(f"{name:<7}{told} {'s' if unit == 1 else 'ms a token'}")
    typer.echo(f"fit    {1e3 * found.deviation:.3g} ms off, {len(found.calls)} calls")
    if found.estimated:
        typer.echo("token counts are estimates: the server does not tell them")
    typer.echo(f"timing: {out}")


async def _probe(name: str, plan: ProbePlan, seed: int) -> Timing:
    with Progress(console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task("calls", total=plan.repeats * len(plan.prompts) * len(plan.outputs))
        async with opened_model(name) as model:
            rng = np.random.default_rng(seed)
            return await probe(name, model, plan, rng, report=lambda done: bar.update(line, completed=done))


def _wholes(name: str, text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise InvalidInputError(f"--{name} must be whole numbers with commas between, as in 16,256; got {text!r}")
    return tuple(map(int, parts))
