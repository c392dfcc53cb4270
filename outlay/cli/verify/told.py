"""How ``outlay verify`` tells what a judge says: a line or a JSON object, and the exit code."""

import json
from dataclasses import asdict
from typing import Annotated, NoReturn

import typer

from outlay.verifiers.judgement import Judgement

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object: score, passed, reason, seconds.")]
EXIT_CODES = {True: 0, False: 1, None: 2}
WORDS = {True: "passed", False: "not passed", None: "could not be judged"}


def tell(judgement: Judgement, as_json: bool) -> NoReturn:
    """Print a judgement and leave: 0 passed, 1 not passed, 2 could not be judged."""
    if as_json:
        typer.echo(json.dumps(asdict(judgement)))
    else:
        typer.echo(f"{WORDS[judgement.passed]} (score {judgement.score:g}): {judgement.reason}")
    raise typer.Exit(EXIT_CODES[judgement.passed])
