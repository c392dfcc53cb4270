"""An evaluation as a table for the terminal."""

from rich import box
from rich.markup import escape
from rich.table import Table

from outlay.pools import Evaluation, Exam, Row

COLUMNS = ("selection", "n", "accuracy [95%]", "tokens", "gain [95%]", "p")
SELECTION_WIDTH = 18
"""Least width of the one column that folds, so that all columns fit into a terminal of 80."""


def evaluation_table(found: Evaluation) -> Table:
    """One line for each selection and n; a section for each exam."""
    table = Table(
        caption=_caption(found), caption_justify="left", header_style="bold", box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0), pad_edge=False,
    )  # fmt: skip
    for name in COLUMNS:
        if name == "selection":
            table.add_column(name, overflow="fold", min_width=SELECTION_WIDTH)
        else:
            table.add_column(name, justify="right", no_wrap=True)
    exams: dict[Exam, list[Row]] = {}
    for row in found.rows:
        exams.setdefault(row.exam, []).append(row)
    for exam, rows in exams.items():
        problems = max(row.problems for row in rows)
        table.add_section()
        table.add_row(f"[bold]{escape(str(exam))}[/]")
        table.add_row(f"{problems:,} problems")
        last = ""
        for row in rows:
            name = "" if row.selection == last else row.selection
            table.add_row(*map(escape, [name, *_figures(row, problems)]))
            last = row.selection
    return table


def _figures(row: Row, problems: int) -> list[str]:
    n = f"{row.n:,}" if row.problems == problems else f"{row.n:,} ({row.problems:,} problems)"
    if row.accuracy is None:
        return [n, "refused"]
    share = row.accuracy
    accuracy = f"{100 * share.estimate:5.1f}% [{100 * share.low:.0f}, {100 * share.high:.0f}]"
    tokens = "" if row.tokens is None else f"{row.tokens:,.0f}"
    gain = p_value = ""
    if row.comparison:
        gap = row.comparison.difference
        gain = f"{100 * gap.estimate:+.1f} [{100 * gap.low:+.0f}, {100 * gap.high:+.0f}]"
    if row.p_value is not None:
        p_value = "<0.001" if row.p_value < 0.001 else f"{row.p_value:.3f}"
    return [n, accuracy, tokens, gain, p_value]


def _caption(found: Evaluation) -> str:
    explained = (
        "accuracy: expected share right, interval over problems. tokens: mean of a problem. gain: accuracy less that "
        f"of {escape(found.baseline)} at the same n, in points. p: paired by problem, corrected after Holm."
    )
    told = [explained]
    error = max((row.simulation_error for row in found.rows), default=0.0)
    if error:
        told.append(f"Simulation adds a standard error of at most {100 * error:.2f} points.")
    if found.ungraded:
        told.append(f"{found.ungraded:,} samples are not graded and left out.")
    if found.target:
        told.append(f"Estimates are for {escape(found.target)}, by weighting the pool's samples.")
    told += dict.fromkeys(f"Refused: {escape(row.refused)}." for row in found.rows if row.refused)
    return " ".join(told)
