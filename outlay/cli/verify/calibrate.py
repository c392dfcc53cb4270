"""``outlay verify calibrate``: how often a strategy is right at each confidence, for ``abstain`` and ``select``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import anyio
import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress

from outlay.allocate.catalogue import ALL_STRATEGIES
from outlay.audit.journal import Journal, open_journal
from outlay.bench.parts import first_problems
from outlay.cli.parts import build_verifier, default_model, opened_model
from outlay.core.budget import Budget
from outlay.core.errors import InvalidInputError, InvalidSettingError, StoreError
from outlay.core.labelled import LabelledAnswer, write_answers
from outlay.core.ledger import Ledger
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.solve import solve
from outlay.core.strategy import Strategy
from outlay.core.verifier import Verifier
from outlay.statistics import Threshold, risk_threshold
from outlay.strategies.adaptive.abstain import CONFIDENCE
from outlay.tasks import TASKS

AT_ONCE = 32
FIRST_SEED = 1_000_000
"""Of the problems, so that they are not those of an experiment."""
BOUNDS = (0.02, 0.05, 0.1, 0.2, 0.3)


def calibrate(
    task: Annotated[str, typer.Option(help="Whose problems are answered; see: outlay tasks list")],
    strategy: Annotated[str, typer.Option(help="Whose confidence is measured; see: outlay strategies list")],
    out: Annotated[Path, typer.Option(help="File for the labelled confidences, as lines of JSON.")],
    level: Annotated[int, typer.Option(help="The task's level.")] = 1,
    model: Annotated[str | None, typer.Option(help="Who answers; an embedded model if left out.")] = None,
    verifier: Annotated[str | None, typer.Option(help="Who judges, if the strategy asks for verdicts.")] = None,
    budget: Annotated[str, typer.Option(help="Hard limits of each question, as in tokens=2000.")] = "",
    number: Annotated[int, typer.Option("--problems", help="Problems.")] = 200,
    seed: Annotated[int, typer.Option(help="Of problems and draws.")] = 0,
) -> None:
    """Answer labelled problems and keep how confident the strategy was and whether it was right.

    Killed at any moment, the same command goes on where it was.
    """
    if number < 1:
        raise InvalidSettingError("calibrate", "problems", number, "1 or above")
    asked, built, limits = _problems(task, level, number, seed), ALL_STRATEGIES.build(strategy), Budget.parse(budget)
    judge = build_verifier(verifier, built)
    named = model or default_model(built, judge)
    unfinished = out.with_name(f"{out.name}.journal")
    settings = {
        "task": task, "level": level, "strategy": strategy, "verifier": verifier, "model": named, "budget": budget,
        "seed": seed,
    }  # fmt: skip
    with open_journal(unfinished, settings) as journal:
        answers = anyio.run(_answers, asked, built, judge, named, limits, seed, journal)
    try:
        write_answers(out, answers)
        unfinished.unlink()
    except OSError as error:
        raise StoreError(f"{out} cannot be written: {error}") from error
    _tell(answers)
    typer.echo(f"labelled confidences: {out}")


def _problems(task: str, level: int, number: int, seed: int) -> list[Problem]:
    asked = first_problems(TASKS.build(task), level, number, FIRST_SEED + seed)
    unlabelled = next((one.id for one in asked if one.reference is None), None)
    if unlabelled is not None:
        raise InvalidInputError(f"calibrate: problem {unlabelled!r} has no reference; all problems need one")
    return asked


async def _answers(
    asked: Sequence[Problem],
    strategy: Strategy,
    judge: Verifier | None,
    model: str,
    limits: Budget,
    seed: int,
    journal: Journal,
) -> list[LabelledAnswer]:
    known = {one.id: LabelledAnswer(**entry) for one in asked if (entry := journal.get(one.id)) is not None}
    places = anyio.Semaphore(AT_ONCE)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task("questions", total=len(asked))
        async with opened_model(model) as opened, anyio.create_task_group() as group:

            async def one(position: int, problem: Problem) -> None:
                async with places:
                    run = Run(opened, Ledger(limits), np.random.default_rng([seed, position]), judge)
                    outcome = await solve(problem, strategy, run)
                answer = outcome.answer
                told = None if answer is None else answer.confidence
                length = len(answer.trajectory.text) if answer else 0
                known[problem.id] = LabelledAnswer(problem.id, bool(outcome.correct), length, {CONFIDENCE: told})
                journal.add(problem.id, known[problem.id].as_dict())
                bar.advance(line)

            bar.advance(line, len(known))
            for position, problem in enumerate(asked):
                if problem.id not in known:
                    group.start_soon(one, position, problem)
    return [known[problem.id] for problem in asked]


def _tell(answers: Sequence[LabelledAnswer]) -> None:
    told = [(score, bool(one.right)) for one in answers if (score := one.scores[CONFIDENCE]) is not None]
    if not told:
        raise InvalidInputError("calibrate: this strategy does not say how confident it is")
    scores, right = np.array([s for s, _ in told], np.float64), np.array([r for _, r in told], np.bool_)
    typer.echo(f"{len(answers)} questions, {100 * right.sum() / len(answers):.1f} % right")
    for bound in BOUNDS:
        typer.echo(f"fdr={bound:g}: {_shown(risk_threshold(scores, right, bound))}")


def _shown(found: Threshold | None) -> str:
    if found is None:
        return "no confidence is high enough"
    return (
        f"answers from confidence {found.confidence:g} on, {100 * found.coverage:.0f} % of questions, "
        f"of which {100 * found.wrong:.1f} % were wrong here"
    )
