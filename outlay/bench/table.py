"""The summary, and the comparison of two runs, as tables for the terminal."""

from collections.abc import Sequence

from rich import box
from rich.markup import escape
from rich.table import Table

from outlay.bench.comparison import SideBySide
from outlay.bench.figures import figures, least, points, probability, ratio
from outlay.bench.plots import titles
from outlay.bench.summary import Method, Row

COLUMNS = ("strategy", "n", "accuracy [95%]", "tokens", "gain [95%]", "MDE", "p")
COMPARED = ("n", "difference [95%]", "MDE", "p", "tokens [95%]")
STRATEGY_WIDTH = 16
"""Least width of the one column that folds, so that all columns fit into a terminal of 80."""


def summary_table(rows: Sequence[Row], baseline: str) -> Table:
    """One line for each method; a section for each task, level, model and budget, whose head names what differs."""
    sections: dict[str, list[Row]] = {}
    for row in rows:
        sections.setdefault(", ".join(_circumstances(row.method)), []).append(row)
    columns = [*zip(*(_circumstances(section[0].method) for section in sections.values()), strict=True)]
    differ = [len(set(column)) > 1 for column in columns]
    common = [column[0] for column, differs in zip(columns, differ, strict=True) if not differs]
    table = Table(
        title=escape(", ".join(filter(None, common))) or None, title_justify="left", caption_justify="left",
        header_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False,
    )  # fmt: skip
    table.caption = (
        f"tokens: mean of a question, prompt, completion and verifier. gain: accuracy less that of {escape(baseline)}, "
        "in points. MDE: the least true gain that so many questions find with probability 0.8. p: paired by question, "
        "corrected after Holm."
    )
    for name in COLUMNS:
        if name == "strategy":
            table.add_column(name, overflow="fold", min_width=STRATEGY_WIDTH)
        else:
            table.add_column(name, justify="right", no_wrap=True)
    for section in sections.values():
        named = zip(_circumstances(section[0].method), differ, strict=True)
        head = ", ".join(text for text, differs in named if differs)
        if head:
            table.add_section()
            table.add_row(f"[bold]{escape(head)}[/]")
        for row in section:
            table.add_row(*map(escape, [row.method.name, *figures(row)]))
    return table


def comparison_table(side: SideBySide) -> Table:
    """One line for each method that two runs have."""
    table = Table(
        title=escape(f"{side.second.name} against {side.first.name}"), title_justify="left", caption_justify="left",
        header_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False,
    )  # fmt: skip
    table.caption = (
        "Second less first on the questions that both have, in points. p: paired by question, corrected after Holm. "
        "tokens: as a multiple of the first run's."
    )
    table.add_column("method", overflow="fold", min_width=STRATEGY_WIDTH)
    for name in COMPARED:
        table.add_column(name, justify="right", no_wrap=True)
    named = titles(pair.first for pair in side.pairs)
    for pair in side.pairs:
        found, tokens = pair.comparison, pair.ratios.get("tokens")
        cells = [points(found.difference), least(found)] if found else ["", ""]
        p_value = "" if pair.p_value is None else probability(pair.p_value)
        line = [named[pair.first], str(pair.questions), *cells, p_value, ratio(tokens) if tokens else ""]
        table.add_row(*map(escape, line))
    return table


def _circumstances(method: Method) -> tuple[str, str, str]:
    """What a method is compared within."""
    return method.question, method.model, method.budget
