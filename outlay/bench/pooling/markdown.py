"""An evaluation of a pool as Markdown tables, to be kept beside a project's own text."""

from collections.abc import Iterator

from outlay.bench.figures import least, points, probability, share
from outlay.pools import Evaluation, Exam, Manifest, Row


def evaluation_markdown(found: Evaluation, manifest: Manifest) -> str:
    """A heading and a table for each exam, and under them what they were made with."""
    return "\n".join(_lines(found, manifest)) + "\n"


def _lines(found: Evaluation, manifest: Manifest) -> Iterator[str]:
    exams: dict[Exam, list[Row]] = {}
    for row in found.rows:
        exams.setdefault(row.exam, []).append(row)
    names = ["selection", "n", "problems", "accuracy [95%]", "tokens", f"gain over {found.baseline}, points [95%]",
             "MDE", "p"]  # fmt: skip
    for exam, rows in exams.items():
        yield f"### {exam}\n"
        yield f"| {' | '.join(names)} |"
        yield "|".join(["", " --- ", *[" ---: "] * (len(names) - 1), ""])
        for row in rows:
            yield f"| `{row.selection}` | {row.n} | {row.problems} | {' | '.join(_figures(row))} |"
        yield ""
    told = [f"outlay {manifest.outlay}"]
    told += [] if manifest.seed is None else [f"seed {manifest.seed}"]
    told += [] if manifest.temperature is None else [f"temperature {manifest.temperature:g}"]
    yield (
        f"{', '.join(told)}. Expected over all sub-samples of n; intervals are over problems. Tokens: mean of a "
        "problem, prompt, completion and verifier. MDE: minimum detectable effect, the least true gain, in points, "
        "that so many problems find with probability 0.8 at a two-sided level of 0.05. p: paired by problem at the "
        "same n, corrected after Holm."
    )


def _figures(row: Row) -> list[str]:
    accuracy = share(row.accuracy, 1) if row.accuracy else "refused"
    tokens = "" if row.tokens is None else f"{row.tokens:,.0f}"
    gain = [points(row.comparison.difference, 1), least(row.comparison)] if row.comparison else ["", ""]
    return [accuracy, tokens, *gain, "" if row.p_value is None else probability(row.p_value)]
