"""``outlay keys``: who may use a gateway."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from outlay.core.budget import Budget
from outlay.core.errors import UnknownNameError
from outlay.gateway.database import Database
from outlay.gateway.keys import Key, Keys, Scope
from outlay.gateway.limits import Allowance

keys = typer.Typer(help="Keys of a gateway's clients: hashed at rest, shown once.", no_args_is_help=True)
Accounts = Annotated[
    Path, typer.Option(help="The gateway's file of keys and accounts.", envvar="OUTLAY_GATEWAY_ACCOUNTS")
]
Id = Annotated[str, typer.Argument(metavar="ID", help="See: outlay keys list", show_default=False)]
FILE = Path("outlay-gateway.sqlite")


@keys.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for, as in alice or nightly-tests.")],
    project: Annotated[str, typer.Option(help="Whose limits it shares; a project of the configuration.")] = "",
    budget: Annotated[str, typer.Option(help="Over its whole life, as in tokens=5_000_000,dollars=5.")] = "",
    requests_per_minute: Annotated[
        int | None, typer.Option(help="Requests that may begin within 60 seconds.", show_default=False)
    ] = None,
    concurrent: Annotated[int | None, typer.Option(help="Requests at a time.", show_default=False)] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="A model that it may ask; may be repeated; all if left out.")
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="inference or metrics; may be repeated; inference if left out.")
    ] = None,
    days: Annotated[int | None, typer.Option(help="How long it lives; for ever if left out.")] = None,
    accounts: Accounts = FILE,
) -> None:
    """Make a key; it is printed on standard output, this once."""
    for one in scope or []:
        if one not in set(Scope):
            raise UnknownNameError("scope of a key:", one, Scope)
    wanted = Key(
        "",
        name,
        project,
        scopes=frozenset(map(Scope, scope or [Scope.INFERENCE])),
        models=frozenset(model or []),
        allowance=Allowance(Budget.parse(budget), requests_per_minute, concurrent),
    )
    with _opened(accounts) as kept:
        made, secret = Keys(kept).create(wanted, days)
    typer.echo(f"key {made.id} ({made.name}); it is shown this once:", err=True)
    typer.echo(secret)


@keys.command(name="list")
def list_(accounts: Accounts = FILE) -> None:
    """Show all keys, without their secrets, and what each has spent."""
    table = Table("id", "name", "project", "ends in", "limits", "spent", "state")
    with _opened(accounts) as kept:
        for key in Keys(kept).all():
            rows = kept.rows("select tokens, dollars from spent where account = ?", f"key:{key.id}")
            tokens, dollars = rows[0] if rows else (0, 0.0)
            state = "in use" if key.usable else "revoked" if key.revoked else "over"
            limits = [str(key.allowance.budget)]
            limits += [f"{most} a minute" for most in [key.allowance.requests_per_minute] if most]
            limits += [f"{most} at a time" for most in [key.allowance.concurrent] if most]
            spent = f"{tokens} tokens, ${dollars:.4f}"
            table.add_row(key.id, key.name, key.project, key.hint, ", ".join(limits), spent, state)
    Console(highlight=False).print(table)


@keys.command()
def revoke(
    id_: Annotated[str, typer.Argument(metavar="ID", help="See: outlay keys list")], accounts: Accounts = FILE
) -> None:
    """Refuse a key from now on, in a running gateway too."""
    with _opened(accounts) as kept:
        Keys(kept).revoke(id_)
    typer.echo(f"key {id_} is revoked")


@keys.command()
def rotate(
    id_: Annotated[str, typer.Argument(metavar="ID", help="See: outlay keys list")], accounts: Accounts = FILE
) -> None:
    """Give a key a new secret, printed this once; the old one is refused from now on."""
    with _opened(accounts) as kept:
        secret = Keys(kept).rotate(id_)
    typer.echo(f"key {id_}; it is shown this once:", err=True)
    typer.echo(secret)


@keys.command()
def audit(accounts: Accounts = FILE) -> None:
    """Show what was done to keys and when gateways ran."""
    with _opened(accounts) as kept:
        for row in kept.rows("select at, action, subject, details from audit order by number"):
            typer.echo("  ".join(filter(None, row)))


@contextmanager
def _opened(path: Path) -> Iterator[Database]:
    kept = Database(path)
    try:
        yield kept
    finally:
        kept.close()
