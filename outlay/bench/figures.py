"""Figures as text, for every table that shows them."""

import math
from datetime import datetime

from outlay.bench.summary import Row
from outlay.core.cost import Cost
from outlay.statistics import BudgetToTarget, Comparison, Interval

PREFIXES = ((1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def figures(row: Row, digits: int = 0) -> list[str]:
    """Questions, accuracy, mean tokens, gain over the baseline, what could be detected and its p-value.

    Empty where there is none.

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


def ratio(found: Interval) -> str:
    """A ratio with its interval, if that is bounded."""
    told = f"{found.estimate:.2f}"
    return told + (f" [{found.low:.2f}, {found.high:.2f}]" if _bounded(found) else "")


def dollars(value: float) -> str:
    """Dollars to six places."""
    return f"{value:.6f}" if value else "0"


def prefixed(value: float) -> str:
    """An amount to three digits with an SI prefix: 1.23 M."""
    for size, prefix in PREFIXES:
        if value >= size:
            return f"{value / size:.3g} {prefix}"
    return f"{value:.3g}"


def amount(value: float, kind: str) -> str:
    """A mean cost of one kind, by the name of its axis."""
    if kind == "tokens":
        return f"{value:,.0f}"
    if kind == "dollars":
        return dollars(value)
    return prefixed(value) if kind == "flops" else f"{value:.3f}"


def reached(found: BudgetToTarget, kind: str) -> str:
    """What a target costs, with its interval."""
    estimate, low, high = ("never" if math.isinf(value) else amount(value, kind) for value in found.budget)
    return estimate if estimate == low == high else f"{estimate} [{low}, {high}]"


def spent(cost: Cost) -> str:
    """What was spent in one line: tokens, and dollars where there are any."""
    return f"{cost.tokens:,} tokens" + (f", ${cost.dollars:,.4f}" if cost.dollars else "")


def when(moment: str) -> str:
    """An ISO time to the minute."""
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M %Z}".strip()


def _bounded(found: Interval) -> bool:
    return math.isfinite(found.low) and math.isfinite(found.high)
