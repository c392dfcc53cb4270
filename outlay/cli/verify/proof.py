"""``outlay verify proof``: whether a proof in natural deduction is right."""

import time
from pathlib import Path
from typing import Annotated

import typer

from outlay.cli.files import read_text
from outlay.cli.verify.logic import read_argument
from outlay.cli.verify.told import AsJson, tell
from outlay.logic.proof.check import check
from outlay.verifiers.judgement import Judgement
from outlay.verifiers.proof.verifier import why


def proof(
    problem: Annotated[Path, typer.Option(help="A file: premises one a line, then  conclusion: FORMULA.")],
    answer: Annotated[Path, typer.Option(help="A file: the proof, as in  3. q [->E 1, 2]")],
    as_json: AsJson = False,
) -> None:
    """Check a proof in natural deduction line by line."""
    argument = read_argument(read_text(problem), problem)
    text = read_text(answer)
    started = time.monotonic()
    checked = check(argument, text)
    tell(Judgement(float(checked.proved), checked.proved, why(checked), time.monotonic() - started), as_json)
