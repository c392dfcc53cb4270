"""A hard budget: any subset of limits, none of which is ever passed."""

import math
from dataclasses import dataclass, fields
from enum import StrEnum

from outlay.core.cost import Cost
from outlay.core.errors import InvalidInputError, InvalidSettingError, UnknownNameError


class Limit(StrEnum):
    """What a budget can limit. Tokens are all paid tokens: prompt, completion and verifier."""

    TOKENS = "tokens"
    SAMPLES = "samples"
    CALLS = "calls"
    DOLLARS = "dollars"
    FLOPS = "flops"
    SECONDS = "seconds"


COUNTED = (Limit.TOKENS, Limit.SAMPLES, Limit.CALLS, Limit.DOLLARS, Limit.FLOPS)
"""The limits that are reserved and settled; seconds are kept by a deadline instead."""


def amounts(cost: Cost) -> tuple[float, ...]:
    """The counted amounts of a cost, in the order of ``COUNTED``."""
    return (cost.tokens, cost.samples, cost.calls, cost.dollars, cost.flops)


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits on what one question, request or experiment may spend; ``None`` means no limit.

    Raises:
        InvalidSettingError: if a limit is zero, negative or not finite.
    """

    tokens: int | None = None
    samples: int | None = None
    calls: int | None = None
    dollars: float | None = None
    flops: float | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None:
                continue
            whole = field.name in {"tokens", "samples", "calls"}
            if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
                kind = "a whole number" if whole else "a number"
                raise InvalidSettingError("budget", field.name, value, f"{kind} above 0")
            if not (value > 0 and math.isfinite(value)):
                raise InvalidSettingError("budget", field.name, value, "above 0 and finite")

    @property
    def limits(self) -> tuple[float, ...]:
        """The counted limits in the order of ``COUNTED``; infinity where there is none."""
        values = (self.tokens, self.samples, self.calls, self.dollars, self.flops)
        return tuple(math.inf if value is None else value for value in values)

    @property
    def worst(self) -> Cost:
        """The most that can be charged within it, of what it limits."""
        return Cost(
            prompt_tokens=self.tokens or 0, samples=self.samples or 0, calls=self.calls or 0,
            dollars=self.dollars or 0.0, flops=self.flops or 0.0,
        )  # fmt: skip

    @classmethod
    def parse(cls, text: str) -> "Budget":
        """A budget from text such as ``tokens=20000,seconds=5``; an empty text means no limit.

        Raises:
            InvalidInputError: if a part is not ``name=number`` or names no limit.
        """
        settings: dict[str, float] = {}
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            name, _, value = (piece.strip() for piece in part.partition("="))
            if name not in set(Limit):
                raise UnknownNameError("budget limit", name, Limit)
            try:
                settings[name] = _number(value)
            except ValueError:
                message = f"budget: {part!r} is not of the form {name}=NUMBER, as in {name}=1000"
                raise InvalidInputError(message) from None
        return cls(**settings)  # type: ignore[arg-type]

    def as_dict(self) -> dict[str, float]:
        """The limits that are set."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def __str__(self) -> str:
        return ",".join(f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}"
                        for name, value in self.as_dict().items()) or "unlimited"  # fmt: skip


def _number(text: str) -> float:
    plain = text.replace("_", "")
    try:
        return int(plain)
    except ValueError:
        value = float(plain)
        return int(value) if value.is_integer() and "." not in plain else value
