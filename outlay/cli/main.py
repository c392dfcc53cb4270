"""The ``outlay`` command. A user's mistake gets one message and exit code 2; other failures exit code 1."""

import sys
from typing import Annotated

import typer

from outlay import __version__
from outlay.cli.allocate import allocate
from outlay.cli.export import export
from outlay.cli.fit import fit
from outlay.cli.keys import keys
from outlay.cli.lists import models, strategies, tasks, verifiers
from outlay.cli.measure import bench, report
from outlay.cli.plan import plan
from outlay.cli.pool import pool
from outlay.cli.protocol import protocol
from outlay.cli.results import results
from outlay.cli.serve import serve
from outlay.cli.solve import solve
from outlay.cli.timing import time
from outlay.cli.trace import trace
from outlay.cli.train import train
from outlay.cli.tune import tune
from outlay.cli.verify import verify
from outlay.cli.view import view
from outlay.core.errors import InvalidInputError, OutlayError

app = typer.Typer(
    help="The best answer an inference budget can buy.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(solve)
app.command()(bench)
app.command()(report)
app.command()(fit)
app.command()(plan)
app.command()(trace)
app.command()(view)
app.command()(tune)
app.command()(serve)
models.command()(export)
models.command()(time)
for group, name in ((models, "models"), (tasks, "tasks"), (strategies, "strategies"), (verifiers, "verifiers")):
    app.add_typer(group, name=name)
app.add_typer(allocate, name="allocate")
app.add_typer(protocol, name="protocol")
app.add_typer(results, name="results")
app.add_typer(train, name="train")
app.add_typer(verify, name="verify")
app.add_typer(pool, name="pool")
app.add_typer(keys, name="keys")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """The best answer an inference budget can buy."""


def main() -> None:
    """Run the command line and turn errors into messages and exit codes."""
    try:
        app()
    except InvalidInputError as error:
        _leave(str(error), 2)
    except OutlayError as error:
        _leave(str(error), 1)
    except KeyboardInterrupt:
        _leave("interrupted", 130)


def _leave(message: str, code: int) -> None:
    print(f"outlay: {message}", file=sys.stderr)  # noqa: T201 (the one place where errors are told)
    sys.exit(code)
