"""The page of a pool: what its samples are worth, in every way of choosing among them. One offline HTML file."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet as pq

from outlay.bench.charts import Figure, curves, draw_png, draw_svg, whole
from outlay.bench.page import page_data, render
from outlay.bench.plots import Placed, plotted
from outlay.bench.pooling.markdown import evaluation_markdown
from outlay.bench.pooling.questions import exam_questions
from outlay.bench.report import CSV, PARQUET, REPORT, TABLE, replace_file
from outlay.bench.results import AXES, Axis
from outlay.core.errors import StoreError
from outlay.pools import Evaluation, Exam, Pool, Row


@dataclass(frozen=True, slots=True)
class AgainstCost:
    """Accuracy against one kind of cost.

    Attributes:
        axis: which.
        figure: a line for each selection, a point for each number of samples.
    """

    axis: Axis
    figure: Figure


def write_pool_report(pool: Pool, found: Evaluation, folder: Path) -> Path:
    """Write the page, its figures against samples and tokens as PNG and SVG, and its table as text, CSV and Parquet.

    Args:
        pool: the samples.
        found: what was evaluated of it.
        folder: where to; it is made if it is not there.

    Returns:
        The page.

    Raises:
        StoreError: if the pool cannot be read, or a file cannot be written.
    """
    samples = accuracy_figure(found, "samples", "samples", lambda row: float(row.n), "~s")
    against = [one for axis in AXES if (one := _against(found, axis))]
    drawn = [samples, *(one.figure for one in against if one.axis.name == "tokens")]
    page = _page(pool, found, samples, against)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for figure in filter(None, drawn):
            svg = draw_svg(whole(figure))
            (folder / f"{figure.name}.svg").write_text(svg, encoding="utf-8")
            (folder / f"{figure.name}.png").write_bytes(draw_png(svg))
        replace_file(folder / TABLE, evaluation_markdown(found, pool.manifest))
        pyarrow.csv.write_csv(found.to_arrow(), folder / CSV)
        pq.write_table(found.to_arrow(), folder / PARQUET, compression="zstd")
        replace_file(folder / REPORT, page)
    except OSError as error:
        raise StoreError(f"the report cannot be written into {str(folder)!r}: {error}") from error
    return folder / REPORT


def accuracy_figure(
    found: Evaluation, name: str, plural: str, amount: Callable[[Row], float | None], ticks: str
) -> Figure | None:
    """Accuracy against what an answer takes, a panel for each exam; None where nothing is known of it."""
    placed = [
        Placed(str(row.exam), row.selection, x, row.accuracy, row is last)
        for line in _lines(found)
        for last in line[-1:]
        for row in line
        if row.accuracy is not None and (x := amount(row))
    ]
    return plotted(
        name=name,
        title=f"Accuracy against {plural}",
        text="Expected over all sub-samples of the pool. Coverage is what a perfect choice would reach, all_right what "
        "the worst one would.",
        lines=list(dict.fromkeys(row.selection for row in found.rows)),
        placed=placed,
        x_title=f"{plural} a question",
        y_title="accuracy",
        drawing=curves,
        ticks=ticks,
    )


def _lines(found: Evaluation) -> Iterator[list[Row]]:
    """The estimates of each exam and selection that has more than one number of samples, smallest first."""
    lines: dict[tuple[Exam, str], list[Row]] = {}
    for row in found.rows:
        if row.accuracy is not None:
            lines.setdefault((row.exam, row.selection), []).append(row)
    yield from lines.values()


def _against(found: Evaluation, axis: Axis) -> AgainstCost | None:
    figure = accuracy_figure(found, axis.name, axis.plural, lambda row: getattr(row, axis.name), axis.ticks)
    return AgainstCost(axis, figure) if figure else None


def _page(pool: Pool, found: Evaluation, samples: Figure | None, against: Sequence[AgainstCost]) -> str:
    exams: dict[Exam, list[Row]] = {}
    for row in found.rows:
        exams.setdefault(row.exam, []).append(row)
    manifest = {key: value for key, value in asdict(pool.manifest).items() if value not in {None, "", "version"}}
    return render(
        "pool.html.jinja",
        title=pool.path.stem,
        pool=pool,
        found=found,
        exams=exams,
        samples=samples,
        against=against,
        questions=exam_questions(pool, len(exams)),
        manifest=manifest,
        error=max((row.simulation_error for row in found.rows), default=0.0),
        refused=list(dict.fromkeys(row.refused for row in found.rows if row.refused)),
        data=page_data({one.name: one.as_dict() for one in (samples, *(cost.figure for cost in against)) if one}),
        live=False,
    ).text
