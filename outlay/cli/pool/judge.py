"""``outlay pool judge``: verdicts on samples that are there already."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import anyio
import typer
from rich.console import Console
from rich.progress import Progress

from outlay.bench.pooling.asked import AskedAgain
from outlay.bench.pooling.judging import Judged, Judging
from outlay.bench.pooling.verdict_log import VerdictLog, open_verdicts
from outlay.cli.parts import VERIFIERS, opened_model
from outlay.cli.pool.target import require_file
from outlay.core.catalogue import parse
from outlay.core.errors import InvalidSettingError
from outlay.core.verifier import Verifier
from outlay.pools import Pool
from outlay.tasks import TASKS


def judge(
    pool: Annotated[Path, typer.Argument(help="The pool.")],
    verifier: Annotated[list[str], typer.Option(help="Who judges; may be repeated. See: outlay verifiers list")],
    out: Annotated[
        Path | None, typer.Option(help="Where the judged pool goes; in place of the old one if left out.")
    ] = None,
    model: Annotated[str, typer.Option(help="Whom verifiers ask that need a model and name none.")] = "pocket",
    concurrency: Annotated[int, typer.Option(help="Problems at a time.")] = 4,
) -> None:
    """Add verifiers' scores to a pool, or replace them; nothing is sampled. Killed, the same command goes on."""
    if concurrency < 1:
        raise InvalidSettingError("judge", "concurrency", concurrency, "1 or above")
    judges = built_verifiers(verifier)
    target = out or pool
    require_file(target)
    opened = Pool.open(pool)
    kept = target.with_name(f"{target.name}.verdicts")
    with open_verdicts(kept) as log:
        found = judge_pool(judges, opened, target, model, log, concurrency)
    kept.unlink(missing_ok=True)
    typer.echo(f"{found.verdicts:,} verdicts, {found.unknown:,} undecided: {target}")


def built_verifiers(texts: Sequence[str]) -> dict[str, Verifier]:
    """Verifiers by their specifications, as their columns are called.

    Raises:
        InvalidInputError: if one cannot be built.
    """
    return {str(given): VERIFIERS.build(given) for given in (parse(text, VERIFIERS.kind) for text in texts)}


def judge_pool(
    verifiers: Mapping[str, Verifier], pool: Pool, out: Path, model: str, log: VerdictLog, concurrency: int
) -> Judged:
    """Judge a pool and tell how far it has come; problems that cannot be judged are named on standard error.

    Raises:
        OutlayError: as ``Judging.judge`` does.
    """
    found = anyio.run(_judge, verifiers, pool, out, model, log, concurrency)
    typer.echo(f"paid now: {found.paid:,} verifier tokens", err=True)
    for name, reason in found.reasons.items():
        typer.echo(f"{name}: some problems could not be judged: {reason}", err=True)
    return found


async def _judge(
    verifiers: Mapping[str, Verifier], pool: Pool, out: Path, model: str, log: VerdictLog, concurrency: int
) -> Judged:
    bar = Progress(console=Console(stderr=True), transient=True)
    line = bar.add_task("judging problems", total=pool.problem_count)

    def report(done: int) -> None:
        # Only now, so that a mistake shows its message alone.
        bar.start()
        bar.update(line, completed=done)

    try:
        async with opened_model(model) as opened:
            return await Judging(verifiers, opened, AskedAgain(TASKS), log, concurrency).judge(pool, out, report)
    finally:
        bar.stop()
        for verifier in verifiers.values():
            close = getattr(verifier, "aclose", None)
            if close is not None:
                await close()
