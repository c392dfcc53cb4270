"""``outlay pool``: pools of samples, drawn once and evaluated many times; a module for each command."""

import typer

from outlay.cli.pool.evaluate import evaluate
from outlay.cli.pool.show import show

pool = typer.Typer(help="Pools: many samples of each problem, drawn once, evaluated many times.", no_args_is_help=True)


@pool.callback()
def only_a_group() -> None:
    """Pools: many samples of each problem, drawn once, evaluated many times."""


pool.command()(show)
pool.command()(evaluate)
