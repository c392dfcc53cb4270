"""``outlay view``: a run's report in the browser, live."""

from pathlib import Path
from typing import Annotated

import typer

from outlay.bench.live import LiveReport, LiveServer, is_loopback
from outlay.core.errors import InvalidInputError


def view(
    run: Annotated[Path, typer.Argument(help="A folder that outlay bench has written, or is writing.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any that is free.")] = 8350,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    expose: Annotated[bool, typer.Option("--expose", help="Let other machines read the report.")] = False,
) -> None:
    """Serve the report of a run in the browser; its figures follow the run. Ctrl-C ends it."""
    if not expose and not is_loopback(host):
        raise InvalidInputError(
            f"{host!r} can be reached from other machines, and the report holds questions and answers; "
            "add --expose if that is meant, or leave --host out"
        )
    report = LiveReport(run)
    report.found()
    with LiveServer(report, host, port) as server:
        typer.echo(f"report: {server.address} (Ctrl-C ends it)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            typer.echo("ended", err=True)
