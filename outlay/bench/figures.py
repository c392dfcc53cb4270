"""The figures of a summary's line as text, for every table that shows them."""

import math

from outlay.bench.summary import Row
from outlay.statistics import Comparison, Interval


def figures(row: Row, digits: int = 0) -> list[str]:
    """Questions, accuracy, tokens, gain over the baseline, what gain could be detected, p-value; empty where none is.

    Args:
        row: what to show.
        digits: behind the point in interval bounds.
    """
    questions = f"{row.questions}" + (f" ({row.failed} failed)" if row.failed else "")
    accuracy = share(row.accuracy, digits) if row.accuracy else "no reference"
    gain, detectable, p_value = "", "", ""
    if row.comparison and row.p_value is not None:
        gain, detectable = points(row.comparison.difference, digits), least(row.comparison)
        p_value = probability(row.p_value)
    return [questions, accuracy, f"{row.cost.tokens:,}", gain, detectable, p_value]


def share(found: Interval, digits: int = 0) -> str:
    """A proportion in percent with its interval; without one where it is not bounded."""
    told = f"{100 * found.estimate:5.1f}%"
    return told + (f" [{100 * found.low:.{digits}f}, {100 * found.high:.{digits}f}]" if _bounded(found) else "")


def points(found: Interval, digits: int = 0) -> str:
    """A difference of proportions in percentage points with its interval, if that is bounded."""
    told = f"{round(100 * found.estimate, 1) + 0.0:+.1f}"  # so that no zero is negative
    return told + (f" [{100 * found.low:+.{digits}f}, {100 * found.high:+.{digits}f}]" if _bounded(found) else "")


def least(found: Comparison) -> str:
    """The minimum detectable effect in points; empty for two that never differ, which show no noise to reckon with."""
    return f"{100 * found.detectable:.1f}" if 0 < found.detectable < math.inf else ""


def probability(p_value: float) -> str:
    """A p-value."""
    return "<0.001" if p_value < 0.001 else f"{p_value:.3f}"


def _bounded(found: Interval) -> bool:
    return math.isfinite(found.low) and math.isfinite(found.high)
