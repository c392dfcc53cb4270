"""The three answers to whether something follows, and how they are written."""

from enum import StrEnum


class Truth(StrEnum):
    """What premises say of a conclusion."""

    TRUE = "true"
    """It follows."""
    FALSE = "false"
    """Its negation follows."""
    UNKNOWN = "unknown"
    """Neither follows."""


_WORDS = {
    "true": Truth.TRUE, "yes": Truth.TRUE,
    "false": Truth.FALSE, "no": Truth.FALSE,
    "unknown": Truth.UNKNOWN, "uncertain": Truth.UNKNOWN,
}  # fmt: skip


def read_truth(text: str) -> Truth | None:
    """The answer that a word stands for, in any case and with or without a full stop; None if it stands for none."""
    return _WORDS.get(text.strip().removesuffix(".").casefold())
