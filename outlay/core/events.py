"""What happens during a run, for whoever listens: progress displays, traces, logs."""

from collections.abc import Callable
from dataclasses import dataclass

from outlay.core.answer import Answer
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict


@dataclass(frozen=True, slots=True)
class SampleFinished:
    """A model finished a piece of generation."""

    trajectory: Trajectory


@dataclass(frozen=True, slots=True)
class VerdictGiven:
    """A verifier judged a trajectory."""

    trajectory: Trajectory
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Resampled:
    """A population was resampled: ``ancestors[i]`` is the old index of the new i-th particle."""

    ancestors: tuple[int, ...]
    effective_sample_size: float


@dataclass(frozen=True, slots=True)
class AnswerImproved:
    """A strategy has a new best answer."""

    answer: Answer


Event = SampleFinished | VerdictGiven | Resampled | AnswerImproved
EventSink = Callable[[Event], None]


def ignore(_: Event) -> None:
    """A sink that drops every event."""
