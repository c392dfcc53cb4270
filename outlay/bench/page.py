"""HTML pages that load nothing: style, scripts and the charts' library are inside, and a policy allows no more."""

import base64
import gzip
import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from outlay.bench.charts import chart_script, swatch
from outlay.bench.comparison import SideBySide
from outlay.bench.conditions import conditions
from outlay.bench.figures import (
    amount,
    dollars,
    least,
    points,
    prefixed,
    probability,
    ratio,
    reached,
    share,
    spent,
    when,
)
from outlay.bench.findings import Findings
from outlay.bench.plots import labels, runs_figure, titles
from outlay.bench.results import AXES
from outlay.bench.summary import Row

POLICY = "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
"""What a page may do: run its own scripts and style itself; nothing is loaded, sent, framed or made from text."""


class Page(NamedTuple):
    """A page, and the policy that it is to be shown under."""

    text: str
    policy: str


def report_page(found: Findings) -> str:
    """The report of one run as one HTML file."""
    return _render("report.html.jinja", **_report(found), live=False).text


def live_page(found: Findings) -> Page:
    """The same as a page that asks its server for newer figures."""
    return _render("report.html.jinja", **_report(found), live=True)


def report_body(found: Findings) -> str:
    """Only what changes in a report while its run goes on."""
    return _render("body.html.jinja", **_report(found), live=True).text


def comparison_page(sides: Sequence[SideBySide]) -> str:
    """Runs beside the first as one HTML file."""
    drawn = {axis.name: figure for axis in AXES if (figure := runs_figure(sides, axis))}
    pairs = [pair for side in sides for pair in side.pairs]
    bounds = [abs(bound) for pair in pairs if pair.comparison for bound in pair.comparison.difference[1:]]
    runs = [sides[0].first, *(side.second for side in sides)]
    return _render(
        "comparison.html.jinja",
        title=" and ".join(run.name for run in runs),
        runs=runs,
        sides=sides,
        named=titles(pair.first for pair in pairs),
        widest=max([0.01, *(bound for bound in bounds if math.isfinite(bound))]),
        axes=[axis for axis in AXES if any(axis.name in pair.ratios for pair in pairs)],
        figures=drawn,
        data=_data({name: figure.as_dict() for name, figure in drawn.items()}),
        live=False,
    ).text


def _report(found: Findings) -> dict[str, object]:
    exams: dict[str, list[Row]] = {}
    for row in found.rows:
        exams.setdefault(row.method.exam, []).append(row)
    return {
        "found": found,
        "manifest": found.manifest,
        "exams": exams,
        "named": labels(found.methods),
        "budgeted": len({row.method.budget for row in found.rows}) > 1,
        "priced": any(row.cost.dollars for row in found.rows),
        "computed": any(row.cost.flops for row in found.rows),
        "problems": found.problems,
        "causes": Counter(found.causes).most_common(20),
        "conditions": conditions(found.manifest),
        "data": _data({figure.name: figure.as_dict() for figure in found.figures}),
    }


def _render(template: str, live: bool, **context: object) -> Page:
    environment = Environment(
        loader=PackageLoader("outlay.bench"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["read"] = lambda cost: cost.tokens + cost.cached_tokens
    environment.filters["breakable"] = _breakable
    for write in (share, points, least, probability, ratio, dollars, prefixed, amount, reached, spent, when):
        environment.filters[write.__name__] = write
    environment.globals.update(swatch=swatch, text=_text, library=_library)
    # Nobody who writes an answer knows what the figures will come to, and the same figures make the same page.
    nonce = hashlib.sha256(str(context["data"]).encode()).hexdigest()[:32]
    policy = POLICY.format(nonce=nonce) + ("; connect-src 'self'" if live else "")
    text = environment.get_template(template).render(context, nonce=nonce, policy=policy, live=live)
    return Page(text, policy)


def _breakable(name: str) -> Markup:
    """A name that may be broken where a reader would break it."""
    return Markup("<wbr>").join(re.split(r"(?<=[_(,])", name))


@cache
def _text(name: str) -> Markup:
    """A style or script from beside the templates, as it is."""
    file = resources.files("outlay.bench") / "templates" / name
    return Markup(file.read_text(encoding="utf-8"))  # noqa: S704 (a file of this package)


@cache
def _library() -> str:
    """The charts' library, packed: 0.4 MB instead of 0.9."""
    return base64.b64encode(gzip.compress(chart_script().encode(), mtime=0)).decode()


def _data(values: Mapping[str, object]) -> Markup:
    """JSON that may stand inside a script element: no text in it can end that element."""
    text = json.dumps(values, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 (no tag can begin without that sign)
