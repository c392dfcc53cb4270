"""``outlay pool``: many samples of each problem, drawn once and evaluated many times; a module for each command."""

import typer

from outlay.cli.pool.evaluate import evaluate
from outlay.cli.pool.export import export
from outlay.cli.pool.from_run import from_run
from outlay.cli.pool.import_ import import_
from outlay.cli.pool.judge import judge
from outlay.cli.pool.sample import sample
from outlay.cli.pool.show import show

pool = typer.Typer(help="Pools: many samples of each problem, drawn once, evaluated many times.", no_args_is_help=True)
pool.command()(sample)
pool.command()(judge)
pool.command()(evaluate)
pool.command()(show)
pool.command(name="import")(import_)
pool.command()(export)
pool.command()(from_run)
