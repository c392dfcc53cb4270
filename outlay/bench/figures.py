"""The figures of a summary's line as text, for every table that shows them."""

from outlay.bench.summary import Row


def figures(row: Row, digits: int = 0) -> list[str]:
    """Questions, accuracy, tokens, gain over the baseline, what gain could be detected, p-value; empty where none is.

    Args:
        row: what to show.
        digits: behind the point in interval bounds.
    """
    questions = f"{row.questions}" + (f" ({row.failed} failed)" if row.failed else "")
    accuracy, gain, detectable, p_value = "no reference", "", "", ""
    if row.accuracy:
        share = row.accuracy
        accuracy = f"{100 * share.estimate:5.1f}% [{100 * share.low:.{digits}f}, {100 * share.high:.{digits}f}]"
    if row.comparison and row.p_value is not None:
        gap = row.comparison.difference
        gain = f"{100 * gap.estimate:+.1f} [{100 * gap.low:+.{digits}f}, {100 * gap.high:+.{digits}f}]"
        # Two that never differ show no noise, and so nothing to reckon with.
        detectable = f"{100 * row.comparison.detectable:.1f}" if row.comparison.detectable else ""
        p_value = "<0.001" if row.p_value < 0.001 else f"{row.p_value:.3f}"
    return [questions, accuracy, f"{row.cost.tokens:,}", gain, detectable, p_value]
