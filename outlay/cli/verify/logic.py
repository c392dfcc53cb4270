"""``outlay verify logic``: whether an answer to a deduction is what a theorem prover finds."""

import time
from pathlib import Path
from typing import Annotated

import anyio
import numpy as np
import typer

from outlay.cli.files import read_text
from outlay.cli.parts import opened_model
from outlay.cli.verify.told import AsJson, tell
from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.core.ledger import Ledger
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Verdict
from outlay.logic.argument import Argument, parse_argument
from outlay.logic.errors import FormulaError
from outlay.logic.truth import read_truth
from outlay.tasks.exercise import ask
from outlay.tasks.free_answer import FreeAnswer
from outlay.verifiers.judgement import Judgement
from outlay.verifiers.logic.verifier import Logic

_FORM = "write premises one a line, then  conclusion: FORMULA"


def logic(
    problem: Annotated[Path, typer.Option(help="A file: premises one a line, then  conclusion: FORMULA.")],
    answer: Annotated[str, typer.Option(help="True, False or Unknown.")],
    model: Annotated[
        str | None, typer.Option(help="Translates a problem in natural language; see: outlay models list")
    ] = None,
    seconds: Annotated[float, typer.Option(help="CPU time of the prover.")] = 5.0,
    seed: Annotated[int, typer.Option(help="Of the translations.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Judge a true, false or unknown by a theorem prover (extra 'logic')."""
    if read_truth(answer) is None:
        raise InvalidSettingError("verify logic", "answer", answer, "True, False or Unknown")
    if seed < 0:
        raise InvalidInputError(f"--seed must be 0 or above; got {seed}")
    text = read_text(problem)
    started = time.monotonic()
    verdict = anyio.run(_judge, text, problem, answer, Logic(seconds=seconds, seed=seed), model)
    tell(judgement(verdict, time.monotonic() - started), as_json)


def read_argument(text: str, path: Path, hint: str = "") -> Argument:
    """The argument that a file holds.

    Raises:
        InvalidInputError: naming file, line and column of what is wrong.
    """
    try:
        return parse_argument(text)
    except FormulaError as error:
        raise InvalidInputError(f"{path}: {error}; {_FORM}{hint}") from error


def judgement(verdict: Verdict, seconds: float) -> Judgement:
    """A verdict as it is told; half a point passes."""
    if not verdict.judged:
        return Judgement.unknown(verdict.evidence, seconds)
    return Judgement(verdict.score, verdict.score >= 0.5, verdict.evidence, seconds)


async def _judge(text: str, path: Path, answer: str, judge: Logic, model: str | None) -> Verdict:
    if model is None:
        argument = read_argument(text, path, ", or name a --model that translates natural language")
        return await judge.judge_formal(argument, answer)
    problem = Problem("question", ask(text), FreeAnswer())
    given = Trajectory(problem).extend(Step(answer), Finish.END)
    async with opened_model(model) as opened:
        (verdict,) = await judge.judge(problem, [given], Run(opened, Ledger(), np.random.default_rng(0)))
    return verdict
