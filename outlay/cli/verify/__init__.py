"""``outlay verify``: each judge on its own, for scripts; a module each."""

import typer

from outlay.cli.verify.attribute import attribute
from outlay.cli.verify.audit import audit
from outlay.cli.verify.calibrate import calibrate
from outlay.cli.verify.code import code
from outlay.cli.verify.doctor import doctor
from outlay.cli.verify.logic import logic
from outlay.cli.verify.maths import maths
from outlay.cli.verify.pairs import pairs
from outlay.cli.verify.proof import proof
from outlay.cli.verify.select import select

verify = typer.Typer(help="Judge answers, and judge the judges.", no_args_is_help=True)


@verify.callback()
def only_a_group() -> None:
    """Exit codes: 0 passed, 1 not passed, 2 could not be judged."""


verify.command()(audit)
verify.command()(calibrate)
verify.command()(select)
verify.command()(maths)
verify.command()(pairs)
verify.command()(logic)
verify.command()(proof)
verify.command()(code)
verify.command()(doctor)
verify.command()(attribute)
