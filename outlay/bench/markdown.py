"""The summary as Markdown tables, to be kept beside a project's own text."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from outlay.bench.figures import figures
from outlay.bench.store import Manifest
from outlay.bench.summary import Row


def summary_markdown(rows: Sequence[Row], manifest: Manifest) -> str:
    """A heading and a table for each task, level and model, and under them what they were made with."""
    return "\n".join(_lines(rows, manifest)) + "\n"


def _lines(rows: Sequence[Row], manifest: Manifest) -> Iterator[str]:
    budgeted = len({row.method.budget for row in rows}) > 1
    names = ["strategy", *(["budget"] if budgeted else []), "n", "accuracy [95%]", "tokens",
             f"gain over {manifest.baseline}, points [95%]", "MDE", "p"]  # fmt: skip
    for exam, found in groupby(sorted(rows, key=lambda row: row.method.exam), key=lambda row: row.method.exam):
        yield f"### {exam}\n"
        yield f"| {' | '.join(names)} |"
        yield "|".join(["", " --- ", *[" ---: "] * (len(names) - 1), ""])
        for row in found:
            method, budget = f"`{row.method.name}`", [row.method.budget] if budgeted else []
            yield f"| {' | '.join([method, *budget, *figures(row, digits=1)])} |"
        yield ""
    yield (
        f"Seeds {', '.join(map(str, manifest.seeds))}; outlay {manifest.outlay}, Python {manifest.python}, "
        f"NumPy {manifest.numpy}. Tokens: mean of a question, prompt, completion and verifier. MDE: minimum "
        "detectable effect, the least true gain, in points, that so many questions find with probability 0.8 at a "
        "two-sided level of 0.05. p: paired by question, corrected after Holm."
    )
