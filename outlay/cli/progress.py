"""How far an experiment has come, as a bar on standard error."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from outlay.bench.runner import Progress


class RunDisplay:
    """A progress bar on standard error."""

    def __init__(self) -> None:
        self._bar = Bar(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[spent]}"),
            TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(), console=Console(stderr=True),
        )  # fmt: skip
        self._task = self._bar.add_task("questions", total=None, spent="")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar.live.is_started:
            self._bar.stop()

    def show(self, progress: Progress) -> None:
        """Move the bar; it appears with the first call, so that a refused experiment shows its message alone."""
        self._bar.start()
        spent = f"{progress.paid.tokens:,} tokens"
        if progress.paid.dollars:
            spent += f", ${progress.paid.dollars:.4f}"
        if progress.failed:
            spent += f", {progress.failed} failed"
        self._bar.update(self._task, total=progress.total, completed=progress.done + progress.failed, spent=spent)
