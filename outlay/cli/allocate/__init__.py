"""``outlay allocate``: policies fitted to pools and judged on others; a module for each command."""

import typer

from outlay.cli.allocate.evaluate import evaluate
from outlay.cli.allocate.fit import fit

allocate = typer.Typer(help="Policies: what to spend on which question, fitted to pools.", no_args_is_help=True)
allocate.command()(fit)
allocate.command()(evaluate)
