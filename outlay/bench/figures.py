"""Figures as text, for every table that shows them."""

from datetime import datetime

from outlay.bench.summary import Row
from outlay.core.cost import Cost
from outlay.statistics import Interval

PREFIXES = ((1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def figures(row: Row, digits: int = 0) -> list[str]:
    """Questions, accuracy, mean tokens, gain over the baseline and its p-value; empty where there is none.

    Args:
        row: what to show.
        digits: behind the point in interval bounds.
    """
    questions = f"{row.questions}" + (f" ({row.failed} failed)" if row.failed else "")
    accuracy = share(row.accuracy, digits) or "no reference"
    gain = points(row.comparison.difference, digits) if row.comparison else ""
    return [questions, accuracy, f"{row.cost.tokens:,}", gain, p_value(row.p_value)]


def share(interval: Interval | None, digits: int = 0) -> str:
    """A proportion in per cent with its interval; empty without one."""
    if interval is None:
        return ""
    bounds = f"{100 * interval.low:.{digits}f}, {100 * interval.high:.{digits}f}"
    return f"{100 * interval.estimate:.1f}% [{bounds}]"


def points(interval: Interval | None, digits: int = 0) -> str:
    """A difference of proportions in points with its interval; empty without one."""
    if interval is None:
        return ""
    bounds = f"{100 * interval.low:+.{digits}f}, {100 * interval.high:+.{digits}f}"
    return f"{100 * interval.estimate:+.1f} [{bounds}]"


def p_value(value: float | None) -> str:
    """A p-value to three places; empty without one."""
    if value is None:
        return ""
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def ratio(interval: Interval | None) -> str:
    """A ratio with its interval; empty without one."""
    if interval is None:
        return ""
    return f"{interval.estimate:.2f} [{interval.low:.2f}, {interval.high:.2f}]"


def dollars(amount: float) -> str:
    """Dollars to six places."""
    return f"{amount:.6f}" if amount else "0"


def prefixed(amount: float) -> str:
    """An amount to three digits with an SI prefix: 1.23 M."""
    for size, prefix in PREFIXES:
        if amount >= size:
            return f"{amount / size:.3g} {prefix}"
    return f"{amount:.3g}"


def spent(cost: Cost) -> str:
    """What was spent in one line: tokens, and dollars where there are any."""
    return f"{cost.tokens:,} tokens" + (f", ${cost.dollars:,.4f}" if cost.dollars else "")


def amount(value: float, kind: str) -> str:
    """A mean cost of one kind, as tables write it."""
    if kind == "tokens":
        return f"{value:,.0f}"
    if kind == "dollars":
        return dollars(value)
    return prefixed(value) if kind == "flops" else f"{value:.3f}"


def when(moment: str) -> str:
    """An ISO time to the minute."""
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M %Z}".strip()
