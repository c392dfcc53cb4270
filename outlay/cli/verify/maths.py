"""``outlay verify maths``: does an answer mean the same as a reference?"""

from typing import Annotated

import anyio
import typer

from outlay.cli.verify.told import AsJson, tell
from outlay.verifiers.maths.judge import MathsJudge

Seconds = Annotated[float, typer.Option(help="Wall time that one comparison may take.")]


def maths(
    reference: Annotated[str, typer.Option(help="What is right.")],
    answer: Annotated[str, typer.Option(help="What to judge.")],
    seconds: Seconds = 5.0,
    as_json: AsJson = False,
) -> None:
    """Compare an answer with a reference as mathematics."""
    judge = MathsJudge(seconds)
    tell(anyio.run(judge.judge, reference, answer), as_json)
