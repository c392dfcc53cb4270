"""``--verbose``: what happens during a run, a line for each event, on standard error."""

from rich.console import Console
from rich.markup import escape

from outlay.core.events import (
    AnswerImproved,
    Event,
    Resampled,
    SampleFinished,
    SamplesMissing,
    Selected,
    VerdictGiven,
)


class Verbose:
    """Shows events as they come."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._answer: str | None = None

    def show(self, event: Event) -> None:
        """One line for one event; an answer is shown only when its value changes."""
        match event:
            case SampleFinished(trajectory) if trajectory.last is not None:
                tokens = trajectory.last.cost.completion_tokens
                self._line("sample", f"step {trajectory.depth}, {tokens} tokens: {_short(trajectory.last.text)}")
            case VerdictGiven(trajectory, verdict):
                text = trajectory.last.text if trajectory.last else ""
                self._line("verdict", f"{verdict.score:.3f} for {_short(text)}")
            case SamplesMissing(_, count):
                self._line("missing", f"{count} samples that were asked for never came")
            case Selected(kept, dropped) if dropped:
                self._line("select", f"{len(set(kept))} go on, {len(dropped)} do not")
            case Resampled(ancestors, size):
                self._line("resample", f"effective sample size {size:.1f}; ancestors {' '.join(map(str, ancestors))}")
            case AnswerImproved(answer) if answer.value != self._answer:
                self._answer = answer.value
                self._line("answer", f"{answer.value}  ({answer.cost.tokens} tokens so far)")

    def _line(self, kind: str, text: str) -> None:
        self._console.print(f"[bold]{kind:>8}[/]  {escape(text)}", soft_wrap=True)


def _short(text: str, most: int = 100) -> str:
    flat = text.strip().replace("\n", " / ")
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"
