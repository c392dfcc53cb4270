"""``outlay verify select``: which of a batch of answers to hand out, so that few of them are wrong."""

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from outlay.audit.verdicts import names_of
from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.core.labelled import LabelledAnswer, read_answers
from outlay.statistics import batch_wrong_interval, conformal_selection, optimised_conformal_selection


def select(
    labelled: Annotated[Path, typer.Option(help="Answers whose rightness is known, as audit and calibrate keep them.")],
    new: Annotated[Path, typer.Option(help="Answers to choose from, with the same scores.")],
    fdr: Annotated[float, typer.Option(help="Largest expected share of wrong ones among those handed out.")] = 0.1,
    score: Annotated[
        list[str] | None, typer.Option(help="Scores to go by; with several the best is found. All of them if left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Choose answers to hand out with a bound on the share of wrong ones, whatever the scores are worth.

    The bound holds on average over batches that are like the labelled answers (exchangeable with them), also after
    choosing among several scores.
    """
    if not 0 < fdr < 1:
        raise InvalidSettingError("select", "fdr", fdr, "between 0 and 1")
    known, asked = read_answers(labelled), read_answers(new, labelled=False)
    names = score or names_of(known)
    right = np.array([bool(one.right) for one in known])
    calibration, test = (_scores(answers, names) for answers in (known, asked))
    if len(names) == 1:
        chosen = conformal_selection(calibration[:, 0], right, test[:, 0], fdr)
    else:
        chosen = optimised_conformal_selection(calibration, right, test, fdr)
    handed_out = [one.problem for one, kept in zip(asked, chosen.chosen, strict=True) if kept]
    wrong = batch_wrong_interval(right, len(asked), 0.9)
    if as_json:
        typer.echo(
            json.dumps({"handed_out": handed_out, "of": len(asked), "wrong_low": wrong.low, "wrong_high": wrong.high})
        )
        return
    for problem in handed_out:
        typer.echo(problem)
    typer.echo(
        f"{len(handed_out)} of {len(asked)} handed out, at most {100 * fdr:g} % of them wrong in expectation; of all "
        f"{len(asked)}, {wrong.low:g} to {wrong.high:g} are wrong (90 %)",
        err=True,
    )


def _scores(answers: list[LabelledAnswer], names: list[str]) -> NDArray[np.float64]:
    """(n, scores); an answer that was not judged counts as one with the lowest score."""
    for one in answers:
        missing = next((name for name in names if name not in one.scores), None)
        if missing is not None:
            raise InvalidInputError(
                f"select: the answer to {one.problem!r} has no score {missing!r}; it has {list(one.scores)}"
            )
    return np.array([[one.scores[name] or 0.0 for name in names] for one in answers], np.float64)
