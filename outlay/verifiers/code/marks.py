"""What tests come to, one by one and together."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """What one test comes to.

    Attributes:
        passed: None if the test cannot tell.
        reason: why it did not pass.
    """

    passed: bool | None
    reason: str = ""


def printable(text: str) -> str:
    """A reason that a program had a say in, safe to show on a terminal."""
    return "".join(one if one.isprintable() else "?" for one in text)


def share(marks: Sequence[Mark]) -> float | None:
    """The share of tests passed among those that can tell; None if none can."""
    told = [mark.passed for mark in marks if mark.passed is not None]
    return sum(told) / len(told) if told else None


def verdict(marks: Sequence[Mark]) -> bool | None:
    """True if all tests passed, False if one failed, else None."""
    if any(mark.passed is False for mark in marks):
        return False
    return None if not marks or any(mark.passed is None for mark in marks) else True


def summary(marks: Sequence[Mark]) -> str:
    """How many passed, and why the first that did not."""
    passed = sum(mark.passed is True for mark in marks)
    reasons = [mark.reason for wanted in (False, None) for mark in marks if mark.passed is wanted]
    return f"{passed} of {len(marks)} tests passed" + "".join(f"; {one}" for one in reasons[:1])
