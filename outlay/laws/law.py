"""What a law is: a form with few parameters that says how accuracy grows with a budget."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from outlay.laws.curve import FloatArray, ScalingCurve


@dataclass(frozen=True, slots=True)
class LawInfo:
    """What a law is.

    Attributes:
        name: in the catalogue.
        summary: one line on what it says.
        source: where it comes from.
        least_budgets: how many budgets a curve must have to fit it.
        samples_only: whether it is about the coverage of samples, and needs to know which of them are right.
    """

    name: str
    summary: str
    source: str
    least_budgets: int
    samples_only: bool = False


class Form(Protocol):
    """A law with its parameters found."""

    @property
    def parameters(self) -> Mapping[str, float]:
        """By name, as the law's docstring has them."""
        ...

    def at(self, budgets: FloatArray) -> FloatArray:
        """(k,) -> (k,) accuracy at each budget."""
        ...


class Law(Protocol):
    """A family of forms."""

    @property
    def info(self) -> LawInfo:
        """What the law is."""
        ...

    def fit(self, curve: ScalingCurve, near: Form | None = None) -> Form:
        """The form that explains a curve best; with ``near``, a form of this law, the search begins there alone."""
        ...
