"""``outlay verify audit``: how far verifiers can be trusted, on labelled answers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import anyio
import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from outlay.audit.collection import Collected, collect
from outlay.audit.journal import Journal, open_journal
from outlay.audit.measures import Measures, agreements, measure
from outlay.audit.page import write_audit
from outlay.bench.parts import first_problems
from outlay.cli.parts import VERIFIERS, opened_model
from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.core.labelled import read_answers, write_answers
from outlay.core.problem import Problem
from outlay.tasks import TASKS

JOURNAL = "journal.jsonl"
VERDICTS = "verdicts.jsonl"


def audit(
    out: Annotated[Path, typer.Option(help="Folder for the page, its tables and the verdicts.")],
    task: Annotated[str | None, typer.Option(help="Whose problems are answered; see: outlay tasks list")] = None,
    level: Annotated[int, typer.Option(help="The task's level.")] = 1,
    verifier: Annotated[
        list[str] | None, typer.Option(help="Who is audited; may be repeated. See: outlay verifiers list")
    ] = None,
    model: Annotated[str, typer.Option(help="Who answers; see: outlay models list")] = "pocket",
    number: Annotated[int, typer.Option("--problems", help="Problems.")] = 100,
    samples: Annotated[int, typer.Option(help="Answers to each.")] = 8,
    seed: Annotated[int, typer.Option(help="Of problems, answers and resamples.")] = 0,
    verdicts: Annotated[
        Path | None, typer.Option(help="Labelled verdicts to measure instead, as an audit keeps them.")
    ] = None,
) -> None:
    """Measure verifiers on labelled answers: error rates, ranking, calibration, biases, agreement, and what follows.

    Killed at any moment, the same command goes on where it was.
    """
    if (task is None) == (verdicts is None):
        raise InvalidInputError("give either --task NAME with some --verifier NAME, or --verdicts FILE")
    for name, value in (("problems", number), ("samples", samples)):
        if value < 1:
            raise InvalidSettingError("audit", name, value, "1 or above")
    if verdicts is not None:
        collected = Collected(read_answers(verdicts))
        title = f"Audit of {verdicts.name}"
    else:
        asked = first_problems(TASKS.build(str(task)), level, number, seed)
        settings = {
            "task": task, "level": level, "verifiers": verifier or [], "model": model, "samples": samples, "seed": seed
        }  # fmt: skip
        with open_journal(out / JOURNAL, settings) as journal:
            collected = anyio.run(_collect, asked, model, verifier or [], samples, seed, journal)
        title = f"Audit on {task} {level}: {len(asked)} problems, {samples} answers each by {model}"
    rng = np.random.default_rng(seed)
    found = measure(collected, rng)
    if not found:
        raise InvalidInputError("audit: no verifier could judge any answer")
    page = write_audit(out, title, found, agreements(collected.answers, rng))
    if verdicts is None:
        write_answers(out / VERDICTS, collected.answers)
    _print(title, found)
    typer.echo(f"page: {page}")


async def _collect(
    asked: Sequence[Problem], model: str, verifiers: Sequence[str], samples: int, seed: int, journal: Journal
) -> Collected:
    if not verifiers:
        raise InvalidInputError("name who is audited, as in --verifier process_reward --verifier tests")
    built = {name: VERIFIERS.build(name) for name in verifiers}
    console = Console(stderr=True)
    with Progress(console=console, transient=True) as bar:
        line = bar.add_task("problems", total=len(asked))
        async with opened_model(model) as opened:
            return await collect(
                asked, opened, built, samples, seed,
                report=lambda done: bar.update(line, completed=done), journal=journal,
            )  # fmt: skip


def _print(title: str, found: Sequence[Measures]) -> None:
    """The figures that matter most, in a terminal of 80 columns; the page has the rest."""
    table = Table(title=escape(title), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("verifier", overflow="fold")
    for name in ("wrong passes", "right fails", "AUROC", "within", "calib.", "ceiling"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in found:
        shares = (one.false_positive, one.false_negative, one.ranking)
        told = ["none" if share is None else f"{100 * share.estimate:.1f} %" for share in shares]
        within = "none" if one.within != one.within else f"{100 * one.within:.0f} %"
        ceiling = f"{100 * one.resampling.ceiling():.1f} %" if one.resampling else "none"
        table.add_row(escape(one.verdicts.name), *told, within, f"{100 * one.error.estimate:.1f} %", ceiling)
    Console(highlight=False).print(table)
