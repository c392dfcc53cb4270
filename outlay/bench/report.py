"""The report: one HTML file that needs no network; its charts as PNG and SVG and its table as text beside it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from outlay.bench.charts import Figure, draw_png, draw_svg, whole
from outlay.bench.comparison import SideBySide, compare_runs, load_runs
from outlay.bench.exports import write_csv, write_parquet
from outlay.bench.findings import Findings, find
from outlay.bench.gathering import Gathering
from outlay.bench.markdown import summary_markdown
from outlay.bench.page import comparison_page, report_page
from outlay.bench.store import Manifest, read_store
from outlay.bench.summary import Row
from outlay.core.errors import InvalidInputError, StoreError

REPORT = "report.html"
TABLE, CSV, PARQUET = "table.md", "table.csv", "table.parquet"


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
        found = find(store, Gathering())
    if found is None or not found.rows:
        raise InvalidInputError(f"{str(folder)!r} holds no finished trial yet{_first_cause(found)}")
    try:
        for figure in _drawn(found):
            drawn = draw_svg(whole(figure))
            (folder / f"{figure.name}.svg").write_text(drawn, encoding="utf-8")
            (folder / f"{figure.name}.png").write_bytes(draw_png(drawn))
        replace_file(folder / TABLE, summary_markdown(found.rows, found.manifest))
        write_csv(folder / CSV, found.rows)
        write_parquet(folder / PARQUET, found.rows)
        replace_file(folder / REPORT, report_page(found))
    except OSError as error:
        raise StoreError(f"the report cannot be written into {str(folder)!r}: {error}") from error
    return Report(folder / REPORT, found.rows, found.manifest, len(found.causes))


def write_comparison(folders: Sequence[Path], path: Path) -> list[SideBySide]:
    """Compare the runs of further folders with that of the first, and write the page.

    Raises:
        InvalidInputError: if a folder holds no results, or nothing that can be compared with the first.
        StoreError: if one cannot be read, or the page cannot be written.
    """
    sides = compare_runs(load_runs(folders))
    try:
        replace_file(path, comparison_page(sides))
    except OSError as error:
        raise StoreError(f"the comparison cannot be written to {str(path)!r}: {error}") from error
    return sides


def replace_file(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises:
        OSError: if it cannot be written.
    """
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, path)  # noqa: PTH105 (atomic, and replaces)


def _drawn(found: Findings) -> list[Figure]:
    """The figures that are worth a file of their own: those against tokens, which every model counts."""
    against = [figure for one in found.against if one.axis.name == "tokens" for figure in (one.curves, one.front)]
    return [figure for figure in (*against, found.levels, found.samples) if figure]


def _first_cause(found: Findings | None) -> str:
    causes = found.causes if found else []
    return f"; the first of {len(causes)} failures: {causes[0]}" if causes else ""
