"""The audit's page: one HTML file that needs no network and runs no script; its tables as Markdown beside it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from outlay.audit.charts import calibration_chart, resampling_chart, score_charts
from outlay.audit.measures import Agreement, Measures
from outlay.bench.charts import draw_svg
from outlay.core.errors import StoreError
from outlay.statistics import Interval

PAGE, TABLE = "audit.html", "audit.md"
ERRORS = (
    "verifier", "answers", "not judged", "false positives", "false negatives", "precision", "AUROC", "within a problem",
)  # fmt: skip
SCORES = ("verifier", "calibration error", "Brier", "length", "position", "contrast", "tokens a verdict")
LIMITS = ("verifier", "one try", "ceiling", "best tries if a wrong answer costs 1", "if it costs 4")
AGREEMENT = ("verifiers", "kappa", "correlation of errors")
ERRORS_NOTE = (
    "A score of 0.5 or more is a pass. Within a problem: probability that a right answer outscores a wrong one to the "
    "same problem, which is what selection needs; 50 % is a coin. Intervals cover 95 %."
)
SCORES_NOTE = (
    "Length: rank correlation of score and length given the label. Position: share of pairs in which the preference "
    "stays with the place when the answers swap; 50 % is a coin, 0 % unmoved. Contrast: share of pairs of like "
    "problems of which each ranks its own answer first."
)
LIMITS_NOTE = (
    "Sampling again until the verifier passes, with this model: the share of right answers it hands out, what no "
    "number of tries surpasses, and the number of tries after which more do harm when a wrong answer handed out costs "
    "so many right ones."
)
Rows = Sequence[Sequence[str]]


def write_audit(folder: Path, title: str, found: Sequence[Measures], agreed: Sequence[Agreement]) -> Path:
    """Write the page and the tables into a folder.

    Raises:
        StoreError: if they cannot be written.
    """
    environment = Environment(loader=PackageLoader("outlay.audit"), autoescape=True, undefined=StrictUndefined)
    charts = [
        ("What a score is worth", calibration_chart(found)),
        ("How scores are spread", score_charts(found)),
        ("What sampling until it passes can reach", resampling_chart(found)),
    ]
    page = environment.get_template("audit.html.jinja").render(
        title=title,
        tables=_tables(found, agreed),
        charts=[(name, Markup(draw_svg(chart))) for name, chart in charts],  # noqa: S704 (drawn here, from numbers)
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / PAGE).write_text(page, encoding="utf-8")
        (folder / TABLE).write_text(audit_markdown(title, found, agreed), encoding="utf-8")
    except OSError as error:
        raise StoreError(f"the audit cannot be written into {str(folder)!r}: {error}") from error
    return folder / PAGE


def audit_markdown(title: str, found: Sequence[Measures], agreed: Sequence[Agreement]) -> str:
    """The tables, to be kept beside a project's own text."""
    lines = [f"### {title}", ""]
    for head, rows, note in _tables(found, agreed):
        lines += [f"| {' | '.join(head)} |", "|".join(["", " --- ", *[" ---: "] * (len(head) - 1), ""])]
        lines += [f"| {' | '.join(row)} |" for row in rows]
        lines += ["", note, ""]
    return "\n".join(lines)


def _tables(found: Sequence[Measures], agreed: Sequence[Agreement]) -> list[tuple[Sequence[str], Rows, str]]:
    tables: list[tuple[Sequence[str], Rows, str]] = [
        (ERRORS, [list(_errors(one)) for one in found], ERRORS_NOTE),
        (SCORES, [list(_scores(one)) for one in found], SCORES_NOTE),
    ]
    limits = [list(_limits(one)) for one in found if one.resampling]
    if limits:
        tables.append((LIMITS, limits, LIMITS_NOTE))
    pairs = [(f"{one.first}, {one.second}", _number(one.kappa), _number(one.errors)) for one in agreed]
    if pairs:
        note = (
            "Kappa: agreement on pass and fail beyond chance. Correlation of errors: of scores given the label; the "
            "less, the more a second judge adds."
        )
        tables.append((AGREEMENT, pairs, note))
    return tables


def _errors(one: Measures) -> Iterator[str]:
    yield one.verdicts.name
    yield f"{len(one.verdicts.scores):,}"
    yield f"{one.verdicts.unknown:,}"
    for share in (one.false_positive, one.false_negative, one.precision, one.ranking):
        yield _share(share)
    yield "none" if one.within != one.within else f"{100 * one.within:.0f} %"


def _scores(one: Measures) -> Iterator[str]:
    answers = len(one.verdicts.scores) + one.verdicts.unknown
    yield one.verdicts.name
    yield _share(one.error)
    yield f"{one.brier.estimate:.3f}"
    yield _number(one.length)
    yield _share(one.position.stays if one.position else None)
    yield _share(one.contrast)
    yield "unknown" if one.cost is None else f"{one.cost.verifier_tokens / max(1, answers):,.0f}"


def _limits(one: Measures) -> Iterator[str]:
    assert one.resampling is not None  # noqa: S101 (chosen by it)
    yield one.verdicts.name
    yield f"{100 * float(one.resampling.accuracy(1)[0]):.1f} %"
    yield f"{100 * one.resampling.ceiling():.1f} %"
    for cost in (1.0, 4.0):
        best = one.resampling.best_tries(cost)
        yield "without end" if best.tries is None else "none" if best.tries == 0 else str(best.tries)


def _share(interval: Interval | None) -> str:
    if interval is None or interval.estimate != interval.estimate:
        return "none"
    return f"{100 * interval.estimate:.1f} % [{100 * interval.low:.0f}, {100 * interval.high:.0f}]"


def _number(interval: Interval) -> str:
    if interval.estimate != interval.estimate:
        return "none"
    return f"{interval.estimate:+.2f} [{interval.low:+.2f}, {interval.high:+.2f}]"
