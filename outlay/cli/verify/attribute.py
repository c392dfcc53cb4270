"""``outlay verify attribute``: which step of a failed answer was decisive."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import anyio
import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from outlay.audit.attribution.judgement import Attribution, FailureJudge
from outlay.audit.attribution.judges import JUDGES
from outlay.audit.attribution.replacement import Replacement, replace_step
from outlay.audit.attribution.rollouts import RolloutAttribution, Rollouts
from outlay.audit.attribution.trace import FailedTrace, failed_trace, is_right
from outlay.cli.files import read_text
from outlay.cli.parts import VERIFIERS, chosen_problem, opened_model
from outlay.core.budget import Budget, Limit
from outlay.core.cost import Cost
from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.core.ledger import Ledger
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.models import MODELS
from outlay.statistics.intervals import Interval

ROUND, ROUNDS = 8, 8
"""Answers drawn at a time in search of one that fails, and how often."""
DECISIVE, NONE, UNKNOWN = 0, 1, 2
"""Exit codes."""


@dataclass(frozen=True, slots=True)
class _Found:
    """All that was found of one failed answer."""

    trace: FailedTrace
    rollouts: RolloutAttribution | None
    judged: Attribution | None
    replaced: Replacement | None
    cost: Cost

    @property
    def decisive(self) -> int | None:
        """The decisive step, by rollouts if there are any, else by the judge."""
        found = self.rollouts or self.judged
        return found.decisive if found else None

    @property
    def code(self) -> int:
        """The exit code."""
        known = all(self.rollouts.tried) if self.rollouts else self.judged is not None and self.judged.judged
        return UNKNOWN if not known else NONE if self.decisive is None else DECISIVE


def attribute(
    task: Annotated[str, typer.Option(help="Whose problem the answer is to; see: outlay tasks list")],
    level: Annotated[int, typer.Option(help="The task's level.")] = 1,
    seed: Annotated[int, typer.Option(help="Chooses the task's problem and every random draw.")] = 0,
    model: Annotated[str, typer.Option(help="Who answers and goes on; see: outlay models list")] = "pocket",
    answer: Annotated[
        Path | None, typer.Option(help="A file with a failed answer; one that fails is drawn if left out.")
    ] = None,
    rollouts: Annotated[int, typer.Option(help="Continuations of the answer's beginnings; 0 for --judge alone.")] = 64,
    judge: Annotated[
        str | None,
        typer.Option(
            help="Who names a step without rollouts: asked(model=NAME) or step_scores(of=VERIFIER).", show_default=False
        ),
    ] = None,
    replace: Annotated[int, typer.Option(help="Steps drawn in the decisive one's place, to see it put right.")] = 0,
    budget: Annotated[str, typer.Option(help="Hard limits, as in tokens=20000,seconds=5; empty for none.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Find the step at which a failed answer was lost.

    Exit codes: 0 a decisive step is found, 1 no step is, 2 bad input or nothing could be told.
    """
    for name, value in (("seed", seed), ("rollouts", rollouts), ("replace", replace)):
        if value < 0:
            raise InvalidSettingError("attribute", name, value, "0 or above")
    if not rollouts and judge is None:
        raise InvalidInputError("attribute: --rollouts 0 leaves it to a judge; name one, as in --judge asked")
    settings = Rollouts(rollouts) if rollouts else None
    asked = None if judge is None else JUDGES.knowing(MODELS, VERIFIERS).build(judge)
    limits, problem = Budget.parse(budget), chosen_problem(task, level, seed)
    given = None if answer is None else Trajectory(problem).extend(Step(read_text(answer).rstrip("\n")), Finish.END)
    found = anyio.run(_attribute, problem, given, model, settings, asked, replace, limits, seed)
    if as_json:
        typer.echo(json.dumps(_as_dict(found), ensure_ascii=False, indent=2))
    else:
        _print(found)
    raise typer.Exit(found.code)


async def _attribute(
    problem: Problem,
    given: Trajectory | None,
    model: str,
    rollouts: Rollouts | None,
    judge: FailureJudge | None,
    replace: int,
    limits: Budget,
    seed: int,
) -> _Found:
    async with opened_model(model) as opened:
        run = Run(opened, Ledger(limits), np.random.default_rng(seed))
        trace = failed_trace(given or await _failing(problem, run))
        judged = await _judged(judge, trace, run) if judge else None
        rolled = await rollouts.attribute(trace, run) if rollouts else None
        found = _Found(trace, rolled, judged, None, run.ledger.spent)
        if not replace or found.decisive is None:
            return found
        replaced = await replace_step(trace, found.decisive, run, replace)
        return _Found(trace, rolled, judged, replaced, run.ledger.spent)


async def _failing(problem: Problem, run: Run) -> Trajectory:
    """The first drawn answer that is wrong."""
    for _ in range(ROUNDS):
        drawn: dict[int, Trajectory] = {}
        with anyio.move_on_after(run.ledger.seconds_left) as deadline:
            drawn = {index: one async for index, one in run.sample(Trajectory(problem), ROUND)}
        for index in sorted(drawn):
            if not is_right(drawn[index]):
                return drawn[index]
        limit = Limit.SECONDS if deadline.cancelled_caught else run.exhausted
        if limit:
            raise InvalidInputError(f"attribute: the {limit} budget is out, and no answer has failed so far")
    raise InvalidInputError(
        f"attribute: {ROUND * ROUNDS} answers to {problem.id} are all right; take another --seed or a higher --level"
    )


async def _judged(judge: FailureJudge, trace: FailedTrace, run: Run) -> Attribution:
    with anyio.move_on_after(run.ledger.seconds_left):
        return await judge.attribute(trace, run)
    return Attribution.unknown("the seconds budget is out")


def _as_dict(found: _Found) -> Mapping[str, object]:
    steps: list[dict[str, object]] = [{"text": text} for text in found.trace.texts]
    if found.rollouts:
        rates = found.rollouts.posterior.rates
        for i, step in enumerate(steps):
            step["before"], step["after"] = rates[i]._asdict(), rates[i + 1]._asdict()
            step["fall"] = found.rollouts.posterior.falls[i]._asdict()
            step["probability"] = found.rollouts.posterior.probabilities[i]
            step["rollouts"], step["right"] = found.rollouts.tried[i], found.rollouts.right[i]
    return {
        "problem": found.trace.problem.id,
        "decisive": found.decisive,
        "steps": steps,
        "no_step": found.rollouts.posterior.none if found.rollouts else None,
        "stopped_by": found.rollouts.stopped_by if found.rollouts else None,
        "judge": asdict(found.judged) if found.judged else None,
        "replacement": asdict(found.replaced) if found.replaced else None,
        "cost": found.cost.as_dict(),
    }


def _print(found: _Found) -> None:
    """The steps in a terminal of 80 columns, and what follows from them."""
    console = Console(highlight=False)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("", justify="right")
    table.add_column("step", overflow="fold")
    if found.rollouts:
        for name in ("success before", "after", "decisive"):
            table.add_column(name, justify="right", no_wrap=True)
    for i, text in enumerate(found.trace.texts):
        table.add_row(str(i + 1), Text(text.strip()), *(_figures(found.rollouts, i) if found.rollouts else ()))
    console.print(table)
    for line in _told(found):
        console.print(line, markup=False)


def _figures(found: RolloutAttribution, step: int) -> tuple[str, ...]:
    before, after = found.posterior.rates[step : step + 2]
    return _rate(before), _rate(after), f"{100 * found.posterior.probabilities[step]:.0f} %"


def _rate(one: Interval) -> str:
    return f"{100 * one.estimate:.0f} % [{100 * one.low:.0f}, {100 * one.high:.0f}]"


def _told(found: _Found) -> list[str]:
    lines = []
    if found.rollouts:
        number, limit = sum(found.rollouts.tried), found.rollouts.stopped_by
        cut = f"; the {limit} budget ended them" if limit else ""
        lines.append(f"{_by_rollouts(found.rollouts)} ({number} rollouts{cut})")
    if found.judged:
        step = f"step {found.judged.decisive}" if found.judged.decisive else "no step"
        lines.append(f"judge: {step if found.judged.judged else 'cannot tell'} ({found.judged.evidence})")
    if found.replaced:
        one = found.replaced
        lines.append(f"step {one.step} replaced by others: {one.right} of {one.different} answers are right")
    lines.append(f"cost: {found.cost.tokens} tokens, {found.cost.calls} calls")
    return lines


def _by_rollouts(found: RolloutAttribution) -> str:
    if not all(found.tried):
        return "not told: some steps have had no rollout"
    step, none = found.decisive, found.posterior.none
    if step is None:
        return f"no step is decisive: step {found.likeliest} is likeliest, that none loses much has {100 * none:.0f} %"
    fall = found.posterior.falls[step - 1]
    return f"step {step} is decisive: success falls by {_rate(fall)}"
