"""What a protocol found, as a page that needs no network and as Markdown beside it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from outlay.bench.figures import least, points, probability
from outlay.bench.store import Manifest
from outlay.core.errors import StoreError
from outlay.statistics import Comparison, holm

COMPARED = ("difference [95%]", "MDE", "p")
INTERVALS = "Intervals cover 95%, by question."
COMPARISONS = (
    "Differences are in points. MDE: the least true difference that so many questions find with probability 0.8 at a "
    "two-sided level of 0.05, in points. p: paired by question, corrected after Holm over its table."
)


@dataclass(frozen=True, slots=True)
class ProtocolTable:
    """One table.

    Attributes:
        title: what it is about.
        head: names of the columns.
        rows: cells as text; a row of one cell alone heads those below it.
        note: how to read it.
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What a protocol found.

    Attributes:
        name: of the protocol, and of its files.
        title: what the page is called.
        tables: what was found.
    """

    name: str
    title: str
    tables: Sequence[ProtocolTable]

    @property
    def note(self) -> str:
        """How to read what all tables have."""
        compares = any(COMPARED[-1] in table.head for table in self.tables)
        return f"{INTERVALS} {COMPARISONS}" if compares else INTERVALS


@dataclass(frozen=True, slots=True)
class Contrast:
    """A line that compares two things, or a line of one cell that heads others.

    Attributes:
        cells: what stands before the comparison.
        comparison: None where there are too few questions for one, or nothing to compare with.
    """

    cells: Sequence[str]
    comparison: Comparison | None = None


def compared(title: str, head: Sequence[str], contrasts: Iterable[Contrast], note: str) -> ProtocolTable:
    """A table whose lines end with a difference, what could be detected and a p-value corrected for all its lines."""
    lines = list(contrasts)
    corrected = iter(holm([one.comparison.p_value for one in lines if one.comparison]))
    rows = []
    for line in lines:
        found = line.comparison
        if len(line.cells) == 1:
            rows.append([*line.cells])
            continue
        told = [points(found.difference, 1), least(found), probability(next(corrected))] if found else ["", "", ""]
        rows.append([*line.cells, *told])
    return ProtocolTable(title, [*head, *COMPARED], rows, note)


def markdown(findings: Findings, manifest: Manifest) -> str:
    """All tables, to be kept beside a project's own text."""
    return "\n".join(_lines(findings, manifest)) + "\n"


def write_page(folder: Path, findings: Findings, manifest: Manifest) -> Path:
    """Write the page and the tables into a results folder.

    Raises:
        StoreError: if they cannot be written.
    """
    environment = Environment(
        loader=PackageLoader("outlay.bench.protocols"), autoescape=True, undefined=StrictUndefined
    )
    page = environment.get_template("protocol.html.jinja").render(findings=findings, made=_made(manifest))
    path = folder / f"{findings.name}.html"
    try:
        path.write_text(page, encoding="utf-8")
        path.with_suffix(".md").write_text(markdown(findings, manifest), encoding="utf-8")
    except OSError as error:
        raise StoreError(f"the page cannot be written into {str(folder)!r}: {error}") from error
    return path


def _lines(findings: Findings, manifest: Manifest) -> Iterator[str]:
    yield f"### {findings.title}\n"
    for table in findings.tables:
        yield f"**{table.title}**\n"
        yield f"| {' | '.join(table.head)} |"
        yield "|".join(["", " --- ", *[" ---: "] * (len(table.head) - 1), ""])
        for row in table.rows:
            cells = [f"*{row[0]}*", *[""] * (len(table.head) - 1)] if len(row) == 1 else row
            yield f"| {' | '.join(cell.strip().replace('|', chr(92) + '|') for cell in cells)} |"
        yield f"\n{table.note}\n"
    yield f"{findings.note} {_made(manifest)}"


def _made(manifest: Manifest) -> str:
    return (
        f"From {manifest.name}, seeds {', '.join(map(str, manifest.seeds))}, begun {manifest.started}; "
        f"outlay {manifest.outlay}, Python {manifest.python}, NumPy {manifest.numpy}."
    )
