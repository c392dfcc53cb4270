"""Progress on standard error: in a terminal a table that is drawn again and again, elsewhere a line now and then."""

import time
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from outlay.bench.progress import Progress, StrategyProgress

LINE_SECONDS = 10.0
"""Between two lines where there is no terminal."""
AROUND = 6
"""Lines of a terminal that are not strategies."""


class Display(Protocol):
    """Shows progress while it is open."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, progress: Progress) -> None:
        """Show how far it has come."""
        ...


def display(quiet: bool) -> Display:
    """What suits standard error."""
    console = Console(stderr=True, highlight=False)
    if quiet:
        return Silence()
    return LiveTable(console) if console.is_terminal else Lines(console)


class Silence:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def show(self, progress: Progress) -> None:
        """Show nothing."""


class Lines:
    """A line at the start, every so often, and at the end."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._newest: Progress | None = None
        self._printed: Progress | None = None
        self._next = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._newest is not None and self._newest is not self._printed:
            self._print(self._newest)

    def show(self, progress: Progress) -> None:
        """Print a line if the last one was long enough ago."""
        self._newest = progress
        if time.monotonic() >= self._next:
            self._print(progress)

    def _print(self, progress: Progress) -> None:
        shares = [f"{name} {_share(one)}" for name, one in progress.strategies.items() if one.known]
        self._console.print(status(progress) + "".join(f"; {share}" for share in shares), markup=False, soft_wrap=True)
        self._printed, self._next = progress, time.monotonic() + LINE_SECONDS


class LiveTable:
    """A table of the strategies under a bar, drawn again and again; it appears with the first progress.

    So a refused experiment shows its message alone.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, transient=True, auto_refresh=False)
        self._newest: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live.is_started:
            self._live.stop()
        if self._newest is not None:
            self._console.print(status(self._newest), markup=False)

    def show(self, progress: Progress) -> None:
        """Draw it."""
        self._newest = progress
        self._live.start()
        self._live.update(drawing(progress, self._console.height), refresh=True)


def status(progress: Progress) -> str:
    """One line: how many are done, what was paid, how long it takes, what is left."""
    parts = [f"{progress.done}/{progress.total} done", f"{progress.running} running", f"{progress.failed} failed"]
    parts.append(f"{progress.paid.tokens:,} tokens")
    if progress.paid.dollars:
        parts.append(f"${progress.paid.dollars:.4f}")
    parts += [f"{limit} left {_number(left)}" for limit, left in progress.left.items()]
    if progress.retries:
        parts.append(f"{progress.retries} retries")
    parts.append(_clock(progress.seconds))
    if progress.eta is not None and progress.unrun:
        parts.append(f"ETA {_clock(progress.eta)}")
    return ", ".join(parts)


def drawing(progress: Progress, height: int) -> Group:
    """The bar, the line, and a row for each strategy, as many as a terminal of so many lines holds."""
    table = Table("strategy", box=None, pad_edge=False, header_style="bold")
    for name in ("done", "failed", "right", "tokens"):
        table.add_column(name, justify="right", no_wrap=True)
    rows = list(progress.strategies.items())
    room = max(1, height - AROUND)
    for name, one in rows[:room]:
        tokens = f"{one.tokens / one.done:,.0f}" if one.done else ""
        table.add_row(
            Text(name, no_wrap=True, overflow="ellipsis"), str(one.done), str(one.failed), _share(one), tokens
        )
    if len(rows) > room:
        table.add_row(escape(f"and {len(rows) - room} more"))
    ended = progress.done + progress.failed
    return Group(ProgressBar(total=max(1, progress.total), completed=ended), Text(status(progress)), table)


def _share(one: StrategyProgress) -> str:
    return f"{100 * one.right / one.known:.0f}%" if one.known else ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.4g}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
