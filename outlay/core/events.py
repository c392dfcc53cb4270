"""What happens during a run, for whoever listens: progress displays, traces, logs."""

from collections.abc import Callable
from dataclasses import dataclass

from outlay.core.answer import Answer
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict


@dataclass(frozen=True, slots=True)
class SampleFinished:
    """A model finished a piece of generation.

    Attributes:
        trajectory: with the new piece as its last step.
        index: which of the samples that were asked for together.
    """

    trajectory: Trajectory
    index: int = 0


@dataclass(frozen=True, slots=True)
class SamplesMissing:
    """Samples that were asked for and never came: cancelled, cut off by a deadline, or refused by the budget.

    Attributes:
        trajectory: what they were to continue.
        count: how many, at least one.
    """

    trajectory: Trajectory
    count: int


@dataclass(frozen=True, slots=True)
class VerdictGiven:
    """A verifier judged a trajectory."""

    trajectory: Trajectory
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Selected:
    """Of some trajectories some go on and others do not.

    Attributes:
        kept: those that go on, each as often as it does.
        dropped: those that do not.
    """

    kept: tuple[Trajectory, ...]
    dropped: tuple[Trajectory, ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A population of particles made a step and has new weights.

    Attributes:
        particles: n trajectories.
        weights: (n,), of sum 1; all 0 if no particle weighs anything.
        step: how many steps the population has made; 1 begins a new one.
        chain: which of several populations that go on side by side.
    """

    particles: tuple[Trajectory, ...]
    weights: tuple[float, ...]
    step: int
    chain: int = 0


@dataclass(frozen=True, slots=True)
class Resampled:
    """A population was resampled, after it was weighed.

    Attributes:
        ancestors: ``ancestors[i]`` is the old index of the new i-th particle.
        effective_sample_size: before it was resampled.
        chain: which of several populations that go on side by side.
    """

    ancestors: tuple[int, ...]
    effective_sample_size: float
    chain: int = 0


@dataclass(frozen=True, slots=True)
class AnswerImproved:
    """A strategy has a new best answer."""

    answer: Answer


Event = SampleFinished | SamplesMissing | VerdictGiven | Selected | Weighed | Resampled | AnswerImproved
EventSink = Callable[[Event], None]


def ignore(_: Event) -> None:
    """A sink that drops every event."""
