"""``outlay verify``: each judge on its own, for scripts; a module each."""

import typer

from outlay.cli.verify.attribute import attribute
from outlay.cli.verify.audit import audit

verify = typer.Typer(help="Judge answers, and judge the judges.", no_args_is_help=True)


@verify.callback()
def only_a_group() -> None:
    """Exit codes: 0 passed, 1 not passed, 2 could not be judged."""


verify.command()(audit)
verify.command()(attribute)
