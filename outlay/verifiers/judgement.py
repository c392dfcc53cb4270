"""What a judge says of one answer when it is asked on its own, outside of a run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Judgement:
    """One answer judged.

    Attributes:
        score: in [0, 1]; 0 where it could not be judged.
        passed: whether the answer passes; None if it could not be judged.
        reason: why, in a line.
        seconds: how long it took.
    """

    score: float
    passed: bool | None
    reason: str
    seconds: float

    @classmethod
    def unknown(cls, why: str, seconds: float) -> "Judgement":
        """An answer that could not be judged, which is not a pass."""
        return cls(0.0, None, why, seconds)
