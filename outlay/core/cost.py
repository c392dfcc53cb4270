"""What was paid: an addable value, with every kind of token told apart."""

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class Cost:
    """What some work cost. Costs add.

    Attributes:
        prompt_tokens: tokens prefilled afresh.
        cached_tokens: prompt tokens served from a cache, not recomputed.
        completion_tokens: tokens generated.
        verifier_tokens: tokens read or written by verifiers.
        samples: completions started from the bare problem; going on with one is not a new sample.
        calls: requests to a model.
        dollars: money, in US dollars.
        flops: arithmetic, in floating-point operations.
        seconds: wall-clock time; of a whole run, not summed over concurrent calls.
        estimated: whether some token count is an estimate because a server gave none.
    """

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    verifier_tokens: int = 0
    samples: int = 0
    calls: int = 0
    dollars: float = 0.0
    flops: float = 0.0
    seconds: float = 0.0
    estimated: bool = False

    @property
    def tokens(self) -> int:
        """All tokens that were paid in full: prompt, completion and verifier. Cached ones are apart."""
        return self.prompt_tokens + self.completion_tokens + self.verifier_tokens

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.completion_tokens + other.completion_tokens,
            self.verifier_tokens + other.verifier_tokens,
            self.samples + other.samples,
            self.calls + other.calls,
            self.dollars + other.dollars,
            self.flops + other.flops,
            self.seconds + other.seconds,
            self.estimated or other.estimated,
        )

    def less(self, other: "Cost") -> "Cost":
        """What is left of this cost once another has covered its part: field by field, and never below zero."""
        left = {
            field.name: max(0, getattr(self, field.name) - getattr(other, field.name))
            for field in fields(self)
            if field.name != "estimated"
        }
        return replace(self, **left)

    def as_dict(self) -> dict[str, int | float | bool]:
        """The cost as plain values, with ``tokens`` included."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**values, "tokens": self.tokens}


NOTHING = Cost()
