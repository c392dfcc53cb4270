"""The report: one HTML file that needs no network; its charts as PNG and SVG and its tables as Markdown beside it."""

import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from outlay.bench.charts import Chart, chart_script, draw_png, draw_svg, line_charts
from outlay.bench.curves import anytime_points, sample_points
from outlay.bench.markdown import summary_markdown
from outlay.bench.problem_table import Problems, problem_tables
from outlay.bench.store import Manifest, StoredTrial, read_store
from outlay.bench.summary import Row, group, summarise
from outlay.core.errors import InvalidInputError, StoreError

REPORT = "report.html"
TABLE = "table.md"
TITLES = {
    "tokens": (
        "Accuracy against tokens",
        "Share of questions whose answer at that moment was right, when a question had cost so many tokens.",
    ),
    "samples": (
        "What k samples hold, and what is chosen from them",
        (
            "Expected over all ways to draw k of each question's independent samples. Coverage is the most that any "
            "choice could reach."
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Report:
    """What was made of a results folder.

    Attributes:
        path: the HTML file.
        rows: the summary.
        manifest: of the newest session.
        failed: trials without a result.
    """

    path: Path
    rows: Sequence[Row]
    manifest: Manifest
    failed: int


def write_report(folder: Path) -> Report:
    """Summarise a results folder, finished or not, and write its report into it.

    Raises:
        InvalidInputError: if the folder holds no results yet.
        StoreError: if it cannot be read, or the report cannot be written.
    """
    with read_store(folder) as store:
        manifests, trials = store.manifests(), list(store.trials())
        problems = problem_tables(store, trials)
    methods = group(trials)
    rows = summarise(methods, manifests[-1].baseline) if manifests else []
    if not rows:
        raise InvalidInputError(f"{str(folder)!r} holds no finished trial yet{_first_cause(trials)}")
    charts = {
        "tokens": line_charts(anytime_points(methods), "tokens a question", "accuracy"),
        "samples": line_charts(sample_points(methods), "k", "right"),
    }
    drawn = {name: chart for name, chart in charts.items() if chart is not None}
    try:
        for name, chart in drawn.items():
            (folder / f"{name}.png").write_bytes(draw_png(chart))
            (folder / f"{name}.svg").write_text(draw_svg(chart), encoding="utf-8")
        _replace(folder / TABLE, summary_markdown(rows, manifests[-1]))
        _replace(folder / REPORT, _page(manifests, trials, rows, drawn, problems))
    except OSError as error:
        raise StoreError(f"the report cannot be written into {str(folder)!r}: {error}") from error
    failed = sum(trial.cause is not None for trial in trials)
    return Report(folder / REPORT, rows, manifests[-1], failed)


def _page(
    manifests: Sequence[Manifest],
    trials: Sequence[StoredTrial],
    rows: Sequence[Row],
    charts: dict[str, Chart],
    problems: Problems,
) -> str:
    environment = Environment(
        loader=PackageLoader("outlay.bench"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    newest = manifests[-1]
    ordered = sorted(rows, key=lambda row: row.method.exam)
    return environment.get_template("report.html.jinja").render(
        manifest=newest,
        started=f"Begun {manifests[0].started}" + (f", resumed {newest.started}" if len(manifests) > 1 else ""),
        planned=len(trials),
        finished=sum(trial.record is not None for trial in trials),
        failed=sum(trial.cause is not None for trial in trials),
        budgeted=len({row.method.budget for row in rows}) > 1,
        tables=[(exam, list(found)) for exam, found in groupby(ordered, key=lambda row: row.method.exam)],
        charts=[(name, *TITLES[name], chart) for name, chart in charts.items()],
        problems=problems,
        causes=Counter(trial.cause for trial in trials if trial.cause).most_common(20),
        facts=_facts(newest),
        script=chart_script().replace("</script", "<\\/script"),
        specifications=json.dumps(charts).replace("<", "\\u003c"),
    )


def _facts(manifest: Manifest) -> list[tuple[str, str]]:
    return [
        ("seeds", ", ".join(map(str, manifest.seeds))),
        ("outlay", manifest.outlay),
        ("Python", manifest.python),
        ("NumPy", manifest.numpy),
        ("system", manifest.platform),
    ]


def _first_cause(trials: Sequence[StoredTrial]) -> str:
    causes = [trial.cause for trial in trials if trial.cause]
    return f"; the first of {len(causes)} failures: {causes[0]}" if causes else ""


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, path)  # noqa: PTH105 (atomic, and replaces)
