"""HTML pages that load nothing: one style, the scripts and the charts' library inside, and a policy that allows no more."""

import base64
import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from outlay.bench.charts import chart_script, swatch
from outlay.bench.figures import amount, dollars, least, points, prefixed, probability, ratio, reached, share, spent, when
from outlay.bench.findings import Findings
from outlay.bench.plots import labels
from outlay.bench.store import Manifest
from outlay.bench.summary import Row

FACTS = {"started": "begun", "outlay": "outlay", "python": "Python", "numpy": "NumPy", "platform": "system"}
"""What the manifest's fields are called in the page; those that have a place of their own are left out."""
ELSEWHERE = {"name", "experiment", "baseline", "seeds", "started"}


def report_page(found: Findings) -> str:
    """The report of one run as one HTML file."""
    return _render("report.html.jinja", **report_context(found), library=_library(), live=False)


def report_body(found: Findings) -> str:
    """Only what changes in a report while its run goes on."""
    return _render("body.html.jinja", **report_context(found))


def report_context(found: Findings) -> dict[str, object]:
    """What the templates of a report are filled with."""
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
        "causes": Counter(found.causes).most_common(20),
        "facts": facts(found.manifest),
        "figures": _data({figure.name: figure.as_dict() for figure in found.figures}),
    }


def facts(manifest: Manifest) -> list[tuple[str, str]]:
    """The circumstances of a session by name."""
    rest = [field.name for field in fields(manifest) if field.name not in ELSEWHERE]
    found = [(FACTS.get(name, name), str(getattr(manifest, name))) for name in rest]
    return [("seeds", ", ".join(map(str, manifest.seeds))), *found]


def _render(template: str, **context: object) -> str:
    environment = Environment(
        loader=PackageLoader("outlay.bench"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["read"] = lambda cost: cost.tokens + cost.cached_tokens
    for write in (share, points, least, probability, ratio, dollars, prefixed, amount, reached, spent, when):
        environment.filters[write.__name__] = write
    environment.globals.update(swatch=swatch, text=_text, zip=zip)
    nonce = hashlib.sha256(repr(context).encode()).hexdigest()[:32]
    return environment.get_template(template).render(context, nonce=nonce, policy=policy(nonce))


def policy(nonce: str) -> str:
    """What a page may do: run its own scripts and style itself; nothing is loaded, sent, framed or made from text."""
    return f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"


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
