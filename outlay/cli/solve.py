"""``outlay solve``: one question, one budget, one answer."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import anyio
import numpy as np
import typer

from outlay.allocate.catalogue import ALL_STRATEGIES
from outlay.bench.trace import Recorder
from outlay.cli.outcome import outcome_as_dict, print_outcome
from outlay.cli.parts import build_verifier, chosen_problem, default_model, opened_model
from outlay.cli.trace import check_trace_file, write_traces
from outlay.cli.verbose import Verbose
from outlay.core.budget import Budget
from outlay.core.errors import InvalidInputError
from outlay.core.events import Event, EventSink
from outlay.core.ledger import Ledger
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.solve import Outcome
from outlay.core.solve import solve as solve_problem
from outlay.core.strategy import Strategy
from outlay.core.verifier import Verifier
from outlay.tasks import TASKS
from outlay.tasks.exercise import ListedTask, ask
from outlay.tasks.free_answer import FreeAnswer
from outlay.tasks.jsonl import GivenAnswer


def solve(
    prompt: Annotated[
        str | None, typer.Argument(help="The question, unless --task is given.", show_default=False)
    ] = None,
    task: Annotated[str | None, typer.Option(help="Ask a question of this task; see: outlay tasks list")] = None,
    level: Annotated[
        int | None, typer.Option(help="The task's level, from 1 (easy) upwards; 1 if left out.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(help="Chooses the task's question and every random draw.")] = 0,
    strategy: Annotated[
        str, typer.Option(help="How to spend, by name or from FILE.toml; see: outlay strategies list")
    ] = "self_consistency(n=8)",
    budget: Annotated[str, typer.Option(help="Hard limits, as in tokens=20000,seconds=5; empty for none.")] = "",
    model: Annotated[
        str | None,
        typer.Option(help="Who answers; see: outlay models list. An embedded model if left out.", show_default=False),
    ] = None,
    verifier: Annotated[
        str | None, typer.Option(help="Who judges; process_reward if the strategy needs a judge and none is named.")
    ] = None,
    answer: Annotated[str | None, typer.Option(help="What is right, where you know it; marks the result.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
    verbose: Annotated[bool, typer.Option(help="Show samples, verdicts and resampling on standard error.")] = False,
    trace: Annotated[
        Path | None,
        typer.Option(help="Write what happened, as a tree of steps, to FILE.html or FILE.json.", show_default=False),
    ] = None,
) -> None:
    """Answer one question as well as a budget allows."""
    if trace is not None:
        check_trace_file(trace)
    problem = _problem(prompt, task, level, seed, answer)
    limits = Budget.parse(budget)
    wanted = ALL_STRATEGIES.parse(strategy)
    built = ALL_STRATEGIES.build(wanted)
    judge = build_verifier(verifier, built)
    named = model or default_model(built, judge)
    recorder = Recorder(problem)
    sinks: list[EventSink] = [*([recorder] if trace else []), *([Verbose().show] if verbose else [])]
    outcome = anyio.run(_solve, problem, built, named, judge, limits, seed, sinks)
    if trace is not None:
        asked = verifier or (judge.info.name if judge else "")
        about: dict[str, str | int] = {
            "strategy": str(wanted),
            "verifier": asked,
            "model": named,
            "budget": str(limits),
            "seed": seed,
        }
        write_traces([recorder.finish(outcome, about)], trace)
    if as_json:
        typer.echo(json.dumps(outcome_as_dict(outcome, str(wanted), named, seed, limits), ensure_ascii=False, indent=2))
    else:
        print_outcome(outcome)


async def _solve(
    problem: Problem,
    strategy: Strategy,
    model: str,
    judge: Verifier | None,
    limits: Budget,
    seed: int,
    sinks: Sequence[EventSink],
) -> Outcome:
    def tell(event: Event) -> None:
        for sink in sinks:
            sink(event)

    async with opened_model(model) as opened:
        run = Run(opened, Ledger(limits), np.random.default_rng(seed), judge, tell)
        return await solve_problem(problem, strategy, run)


def _problem(prompt: str | None, task: str | None, level: int | None, seed: int, answer: str | None) -> Problem:
    if (prompt is None) == (task is None):
        raise InvalidInputError('give either a question, as in  outlay solve "..."  , or --task NAME')
    if seed < 0:
        raise InvalidInputError(f"--seed must be 0 or above; got {seed}")
    if prompt is not None:
        if not prompt.strip():
            raise InvalidInputError("the question is empty")
        if level is not None:
            raise InvalidInputError("--level goes with --task; a question of your own has none")
        reference = None if answer is None else GivenAnswer(answer)
        return Problem("question", ask(prompt), FreeAnswer(), reference=reference)
    if level is not None and isinstance(TASKS.build(str(task)), ListedTask):
        raise InvalidInputError(f"{task} has no levels; leave --level out")
    return chosen_problem(str(task), 1 if level is None else level, seed)
