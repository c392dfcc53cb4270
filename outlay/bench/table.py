"""The summary as a table for the terminal."""

from collections.abc import Sequence

from rich.table import Table

from outlay.bench.summary import Row

COLUMNS = ("strategy", "budget", "n", "accuracy [95%]", "tokens", "against baseline [95%]", "p")


def summary_table(rows: Sequence[Row], baseline: str) -> Table:
    """One line for each method, a section for each task, level and model."""
    table = Table(title_justify="left", caption_justify="left", header_style="bold", pad_edge=False)
    table.caption = (
        f"tokens: mean of a question, prompt, completion and verifier. Baseline: {baseline}. "
        "p: paired by question, corrected after Holm."
    )
    for name in COLUMNS:
        right = name not in {"strategy", "budget"}
        table.add_column(name, justify="right" if right else "left", no_wrap=name != "strategy", overflow="fold")
    exam = ""
    for row in rows:
        if row.method.exam != exam:
            exam = row.method.exam
            table.add_section()
            table.add_row(f"[bold]{exam}[/]")
        table.add_row(*cells_of(row))
    return table


def cells_of(row: Row) -> list[str]:
    """The texts of one line, in the order of ``COLUMNS``."""
    questions = f"{row.questions}" + (f" ({row.failed} failed)" if row.failed else "")
    accuracy, against, p_value = "no reference", "", ""
    if row.accuracy:
        share = row.accuracy
        accuracy = f"{100 * share.estimate:5.1f}% [{100 * share.low:.0f}, {100 * share.high:.0f}]"
    if row.comparison and row.p_value is not None:
        gap = row.comparison.difference
        against = f"{100 * gap.estimate:+.1f} [{100 * gap.low:+.0f}, {100 * gap.high:+.0f}]"
        p_value = "<0.001" if row.p_value < 0.001 else f"{row.p_value:.3f}"
    tokens = f"{row.cost.tokens:,}"
    return [f"  {row.method.name}", row.method.budget, questions, accuracy, tokens, against, p_value]
