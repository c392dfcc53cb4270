"""``outlay plan``: what a budget will buy, or what a target will cost, from a pilot."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from outlay.allocate.fit_policy import FOLDS, Fitted, Goal, fit_to
from outlay.allocate.pilot import dollars_per_token, measure, pilot_tokens
from outlay.allocate.planning import Option, best_within, cheapest, honest, options, predict_accuracy
from outlay.allocate.policy_file import write_policy
from outlay.allocate.replay import common_temperature, read_problems
from outlay.allocate.splitting import Band, split_by_difficulty
from outlay.cli.allocate.goal import common_verifier, named_number
from outlay.cli.pool.sample import sample
from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.pools import Pool
from outlay.pools.problem_samples import ProblemSamples
from outlay.statistics import Interval

AHEAD = (128, 256, 512, 1024)
"""Numbers of samples that laws are asked for, beyond a pilot of up to 64."""


@dataclass(frozen=True, slots=True)
class _Adaptive:
    """A policy beside the best fixed number of samples."""

    fitted: Fitted
    accuracy: Interval
    cost: float
    bands: list[Band]


def plan(
    pool: Annotated[
        Path | None, typer.Argument(help="A pilot that is there already: a pool of graded samples.", show_default=False)
    ] = None,
    task: Annotated[str | None, typer.Option(help="Draw a pilot of this task.", show_default=False)] = None,
    level: Annotated[int | None, typer.Option(help="The task's level.", show_default=False)] = None,
    model: Annotated[str, typer.Option(help="Who answers the pilot.")] = "pocket",
    pilot: Annotated[str, typer.Option(help="Questions and samples of each in the pilot, as in 40x16.")] = "40x16",
    keep: Annotated[Path, typer.Option(help="Where a pilot that is drawn is kept.")] = Path("pilot.parquet"),
    verifier: Annotated[
        str | None,
        typer.Option(help="Who judges; the pool's only verifier if left out, '' for none.", show_default=False),
    ] = None,
    target: Annotated[str, typer.Option(help="What to reach, as in accuracy=0.8.", show_default=False)] = "",
    budget: Annotated[
        str, typer.Option(help="What all questions may cost, as in dollars=5 or tokens=500000.", show_default=False)
    ] = "",
    questions: Annotated[int, typer.Option(help="How many questions there will be.")] = 1000,
    confidence: Annotated[float, typer.Option(help="Of the intervals.")] = 0.95,
    out: Annotated[
        Path | None, typer.Option(help="Write the policy that splits by difficulty to this file.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the pilot and of all resamples.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Say what reaches a target for least, or what a budget reaches at most, and how to split it over questions."""
    if bool(target) == bool(budget):
        raise InvalidInputError("plan needs --target accuracy=... or --budget dollars=... or tokens=...: give one")
    if questions < 1:
        raise InvalidSettingError("plan", "questions", questions, "1 or above")
    if not 0 < confidence < 1:
        raise InvalidSettingError("plan", "confidence", confidence, "above 0 and below 1")
    wanted = named_number("--target", target, "accuracy") if target else None
    dollars = budget.strip().startswith("dollars")
    limit = named_number("--budget", budget, "dollars" if dollars else "tokens") if budget else None
    held = _pilot(pool, task, level, model, pilot, keep, verifier, seed)
    judge = common_verifier([held], verifier)
    problems = read_problems([held], judge)
    rate = dollars_per_token(problems) if dollars else 1.0
    with Console(stderr=True).status("planning"):
        measured = measure(problems, judge, seed=seed)
        found = options(measured, questions, np.random.default_rng(seed), AHEAD, confidence)
        each = None if limit is None else limit / rate / questions

        def pick(ways: Sequence[Option]) -> Option:
            return cheapest(ways, wanted) if wanted is not None else best_within(ways, each or 0.0)

        chosen = honest(measured, pick, pick(found), questions, confidence)
        goal = Goal(accuracy=wanted) if wanted is not None else Goal(tokens=each)
        adaptive = _adaptive(problems, goal, judge, questions, confidence, seed)
    if out is not None:
        _write(out, adaptive, held)
    unit = "dollars" if dollars else "tokens"
    told = _as_dict(chosen, adaptive, questions, rate, unit, pilot_tokens(problems), len(problems), confidence)
    if as_json:
        typer.echo(json.dumps(told, indent=2))
    else:
        _print(chosen, adaptive, questions, rate, unit, pilot_tokens(problems), len(problems), confidence)


def _pilot(
    pool: Path | None, task: str | None, level: int | None, model: str, size: str, keep: Path, verifier: str | None,
    seed: int,
) -> Pool:  # fmt: skip
    if (pool is None) == (task is None):
        raise InvalidInputError("plan needs a pilot: give a pool, or --task to draw one")
    if pool is not None:
        return Pool.open(pool)
    many, cross, each = size.partition("x")
    if not (cross and many.isdecimal() and each.isdecimal() and int(many) and int(each)):
        raise InvalidInputError(f"--pilot is questions x samples, as in 40x16; got {size!r}")
    judges = [verifier] if verifier else []
    sample(str(task), keep, int(each), model, level, int(many), judges, seed=seed)
    return Pool.open(keep)


def _adaptive(
    problems: list[ProblemSamples], goal: Goal, judge: str, questions: int, confidence: float, seed: int
) -> _Adaptive | None:
    """The policy for the same goal; None where there are too few problems, or it is out of a policy's reach."""
    if len(problems) < 2 * FOLDS:
        return None
    try:
        fitted = fit_to(problems, goal, judge, seed=seed)
    except InvalidInputError:
        return None
    accuracy = predict_accuracy(fitted.correct, questions, confidence)
    return _Adaptive(fitted, accuracy, fitted.tokens.estimate, split_by_difficulty(fitted.policy, problems))


def _write(out: Path, adaptive: _Adaptive | None, held: Pool) -> None:
    if adaptive is None:
        raise InvalidInputError("no policy meets this with such a pilot, so none is written; leave --out off")
    temperature = common_temperature([held])
    policy = replace(adaptive.fitted.policy, temperature=temperature)
    write_policy(out, replace(adaptive.fitted, policy=policy), [str(held.path)])


def _as_dict(
    chosen: Option, adaptive: _Adaptive | None, questions: int, rate: float, unit: str, paid: float, problems: int,
    confidence: float,
) -> dict[str, object]:  # fmt: skip
    policy = None
    if adaptive is not None:
        policy = {
            "choose": str(adaptive.fitted.policy.choose),
            "stages": adaptive.fitted.policy.stages,
            "accuracy": adaptive.accuracy._asdict(),
            unit: adaptive.cost * rate * questions,
            "split": [
                {"band": one.name, "share": one.share, "samples": one.samples, "tokens": one.tokens}
                for one in adaptive.bands
            ],
        }
    return {
        "pilot": {"problems": problems, "tokens": paid},
        "questions": questions,
        "confidence": confidence,
        "uniform": {
            "strategy": chosen.strategy,
            "accuracy": chosen.accuracy._asdict(),
            unit: chosen.cost * rate * questions,
            "extrapolated": chosen.extrapolated,
        },
        "by_difficulty": policy,
    }


def _print(
    chosen: Option, adaptive: _Adaptive | None, questions: int, rate: float, unit: str, paid: float, problems: int,
    confidence: float,
) -> None:  # fmt: skip
    console = Console(highlight=False)
    table = Table(
        title=f"{questions:,} fresh questions; pilot: {problems} problems, {paid:,.0f} tokens", title_justify="left",
        caption=f"accuracy: share right of so many fresh questions, with a {100 * confidence:g}% prediction interval.",
        caption_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False,
    )  # fmt: skip
    table.add_column("", overflow="fold")
    for name in ("accuracy", f"{unit} a question", f"{unit} in all"):
        table.add_column(name, justify="right", no_wrap=True)
    name = chosen.strategy + (", by a law" if chosen.extrapolated else "")
    table.add_row(f"the same for all: {name}", *_figures(chosen.accuracy, chosen.cost * rate, questions))
    if adaptive is not None:
        policy = adaptive.fitted.policy
        stages = ", ".join(map(str, policy.stages))
        figures = _figures(adaptive.accuracy, adaptive.cost * rate, questions)
        table.add_row(f"by difficulty: {policy.choose} in stages of {stages}", *figures)
    console.print(table)
    for one in adaptive.bands if adaptive else ():
        spent = f"{one.samples:.1f} samples and {one.tokens:,.0f} tokens each"
        share, right = f"{100 * one.share:.0f}% of questions", f"{100 * one.accuracy:.0f}% right"
        console.print(f"{one.name}: {share}, {spent}, {right}", soft_wrap=True)


def _figures(accuracy: Interval, cost: float, questions: int) -> tuple[str, str, str]:
    share = f"{100 * accuracy.estimate:.1f}% [{100 * accuracy.low:.1f}, {100 * accuracy.high:.1f}]"
    return share, f"{cost:,.4g}", f"{cost * questions:,.6g}"
