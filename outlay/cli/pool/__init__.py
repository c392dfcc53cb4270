"""``outlay pool``: many samples of each problem, drawn once and used many times; a module each command."""

import typer

from outlay.cli.pool.export import export
from outlay.cli.pool.from_run import from_run
from outlay.cli.pool.import_ import import_
from outlay.cli.pool.judge import judge
from outlay.cli.pool.sample import sample

pool = typer.Typer(help="Draw samples once, judge and evaluate them many times.", no_args_is_help=True)
pool.command()(sample)
pool.command()(judge)
pool.command(name="import")(import_)
pool.command()(export)
pool.command()(from_run)
