"""``outlay serve``: every strategy behind the OpenAI API."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from outlay.gateway.configuration import Configuration, load


def serve(
    config: Annotated[
        Path | None,
        typer.Option(
            help="The gateway's TOML file; the embedded models on loopback if left out.",
            envvar="OUTLAY_GATEWAY_CONFIG",
            show_default=False,
        ),
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="In place of the file's.", envvar="OUTLAY_GATEWAY_HOST", show_default=False)
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            help="In place of the file's; 0 for any free one.", envvar="OUTLAY_GATEWAY_PORT", min=0, show_default=False
        ),
    ] = None,
    accounts: Annotated[
        Path | None,
        typer.Option(
            help="The file of keys and accounts, in place of the configuration's.",
            envvar="OUTLAY_GATEWAY_ACCOUNTS",
            show_default=False,
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Check the configuration and build all that it names; serve nothing.")
    ] = False,
) -> None:
    """Serve models and strategies to any client of the OpenAI API."""
    configuration = load(config) if config is not None else Configuration()
    configuration = replace(
        configuration,
        host=configuration.host if host is None else host,
        port=configuration.port if port is None else port,
        accounts=configuration.accounts if accounts is None else accounts,
    )
    # The server's libraries are an extra, and no other command needs them.
    from outlay.gateway import server  # noqa: PLC0415
    from outlay.gateway.logs import begin_logging  # noqa: PLC0415

    if check:
        server.check(configuration)
        models, policies = ", ".join(configuration.models), ", ".join(configuration.policies) or "none"
        typer.echo(f"the configuration is right; models: {models}; policies: {policies}")
        return
    begin_logging()
    server.serve(configuration)
