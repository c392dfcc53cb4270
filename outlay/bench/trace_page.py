"""Traces as pages that load nothing: compressed in the page, and unpacked by the browser when they are opened."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from outlay.bench.trace_store import pack

LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Embedded:
    """One trace in a page.

    Attributes:
        id: of the element that holds it.
        data: the packed trace in base64.
        question: what was asked.
        about: what was run, in a line.
    """

    id: str
    data: str
    question: str = ""
    about: str = ""


def embed(packed: bytes) -> str:
    """A packed trace as text that a page can hold."""
    return base64.b64encode(packed).decode()


def trace_page(traces: Sequence[Mapping[str, Any]]) -> str:
    """An HTML page that shows one or more traces."""
    shown = [
        Embedded(f"trace-{i}", embed(pack(trace)), _title(trace["question"]), _about(trace["about"]))
        for i, trace in enumerate(traces)
    ]
    questions = {one.question for one in shown}
    environment = Environment(
        loader=PackageLoader("outlay.bench"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    title = questions.pop() if len(questions) == 1 else f"{len(shown)} traces"
    return environment.get_template("trace_page.html.jinja").render(title=title, traces=shown)


def _title(question: str) -> str:
    flat = " ".join(question.split())
    return flat if len(flat) <= LONGEST_TITLE else f"{flat[: LONGEST_TITLE - 1]}…"


def _about(about: Mapping[str, str | int]) -> str:
    """What was run: the strategy with its verifier, then everything else under its name."""
    named = dict(about)
    strategy, verifier = named.pop("strategy", ""), named.pop("verifier", "")
    first = f"{strategy} with {verifier}" if verifier else str(strategy)
    rest = [f"{name} {value}" for name, value in named.items() if value not in {"", 0} or name in {"seed", "question"}]
    return ", ".join([*([first] if first else []), *rest])
