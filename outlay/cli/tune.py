"""``outlay tune``: searches for the strategy, its settings and its model."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import anyio
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from outlay.bench.choices import read_total
from outlay.cli.measure import SPENT_OUT
from outlay.cli.parts import PARTS, opened_model
from outlay.core.errors import InvalidInputError
from outlay.core.model import LanguageModel
from outlay.tune.front import HELD_OUT, Chosen, chosen, measure_again, write_front
from outlay.tune.loop import Loop, Told
from outlay.tune.plan import SAMPLERS, Search, check_sampler, load_search
from outlay.tune.study import Study, Trial, earlier_front, finished, open_study


def tune(
    search: Annotated[Path, typer.Argument(help="The search's TOML file.")],
    out: Annotated[Path, typer.Option(help="Folder for the study; the same command goes on where it was stopped.")],
    trials: Annotated[
        int | None, typer.Option(help="Trials to make, in place of the file's.", show_default=False)
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(
            help="What all trials together may spend, over all sessions, in place of the file's total.",
            show_default=False,
        ),
    ] = None,
    sampler: Annotated[
        str | None, typer.Option(help=f"What suggests trials: {', '.join(SAMPLERS)}.", show_default=False)
    ] = None,
    proposer: Annotated[
        str | None,
        typer.Option(help="A model that proposes every second trial, as text.", show_default=False),
    ] = None,
    warm_start: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of an earlier search whose front is tried first; may be repeated.", show_default=False
        ),
    ] = None,
    storage: Annotated[str, typer.Option(help="How Optuna keeps the study: sqlite, or journal for a file.")] = "sqlite",
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Search for what answers best for the fewest tokens, then measure the best anew."""
    loaded = load_search(search, PARTS)
    if trials is not None and trials < 1:
        raise InvalidInputError(f"--trials must be 1 or above; got {trials}")
    loaded = replace(
        loaded,
        trials=trials or loaded.trials,
        total=loaded.total if budget is None else read_total(budget, "--budget"),
        sampler=loaded.sampler if sampler is None else check_sampler(sampler, "--sampler"),
    )
    earlier = [trial for folder in warm_start or () for trial in earlier_front(folder)]
    study = open_study(out, loaded.name, storage)
    spent_out = anyio.run(_search, loaded, out, study, proposer, earlier, quiet)
    front = anyio.run(measure_again, loaded, chosen(study), PARTS, out)
    paths = write_front(front, loaded, out)
    _show(front, paths, loaded, study)
    if spent_out:
        typer.echo(
            f"the search's budget of {loaded.total!s} is spent: {len(finished(study))} of {loaded.trials} trials are "
            "done; the same command with a larger --budget goes on with the others",
            err=True,
        )
        raise typer.Exit(SPENT_OUT)


async def _search(
    search: Search, folder: Path, study: Study, proposer: str | None, earlier: Sequence[Trial], quiet: bool
) -> bool:
    async def run(model: LanguageModel | None) -> bool:
        loop = Loop(search, PARTS, folder, study, _ignore if quiet else _tell, model)
        await loop.run(earlier)
        return loop.spent_out

    if proposer is None:
        return await run(None)
    async with opened_model(proposer) as model:
        return await run(model)


def _tell(told: Told) -> None:
    found = told.measured
    figures = "" if found is None else f"  accuracy {found.accuracy:.3f}, {found.mean_tokens:,.0f} tokens"
    typer.echo(f"trial {told.number}: {told.candidate}{figures}  ({told.ending})", err=True)


def _ignore(_: Told) -> None:
    pass


def _show(front: Sequence[Chosen], paths: Sequence[Path], search: Search, study: Study) -> None:
    table = Table(title=f"Pareto front of {len(finished(study))} trials", title_justify="left")
    for name in ("trial", "strategy, model", f"tuned on {search.questions}", "tokens"):
        table.add_column(name, overflow="fold")
    if search.held_out:
        table.add_column(f"held out, {search.held_out} each, 95% interval")
        table.add_column("tokens")
    for one in front:
        cells = [
            str(one.number),
            escape(str(one.candidate)),
            f"{one.tuned.accuracy:.3f}",
            f"{one.tuned.mean_tokens:,.0f}",
        ]
        if search.held_out:
            marks = [row.accuracy for row in one.rows]
            cells += [
                "; ".join("unknown" if m is None else f"{m.estimate:.3f} ({m.low:.3f} to {m.high:.3f})" for m in marks),
                "; ".join(f"{row.cost.tokens:,}" for row in one.rows),
            ]
        table.add_row(*cells)
    Console(highlight=False).print(table)
    if search.held_out and front:
        typer.echo("The tuned figures flatter what was chosen by them (the winner's curse); go by those held out.")
        typer.echo(f"report: {paths[0].parent.parent / HELD_OUT / 'report.html'}")
    counts = study.user_attrs.get("proposals")
    if counts:
        typer.echo(f"proposals by the model: {counts['accepted']} accepted, {counts['refused']} refused")
    for path in paths:
        typer.echo(f"strategy: {path}")
