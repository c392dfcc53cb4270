"""What a request, a key or a project may use at most."""

from dataclasses import dataclass, fields

from outlay.core.budget import Budget, Limit
from outlay.core.errors import InvalidInputError, InvalidSettingError

NO_LIMIT = Budget()


@dataclass(frozen=True, slots=True)
class Allowance:
    """Hard limits of a key or of a project.

    Attributes:
        budget: tokens and dollars over its whole life.
        requests_per_minute: requests that may begin within any 60 seconds; None for no limit.
        concurrent: requests at a time; None for no limit.
    """

    budget: Budget = NO_LIMIT
    requests_per_minute: int | None = None
    concurrent: int | None = None

    def __post_init__(self) -> None:
        if not set(self.budget.as_dict()) <= {Limit.TOKENS, Limit.DOLLARS}:
            raise InvalidInputError(f"a key or project is limited in tokens and dollars; got {self.budget}")
        for name in ("requests_per_minute", "concurrent"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InvalidSettingError("an allowance", name, value, "1 or above")


def tighter(first: Budget, second: Budget) -> Budget:
    """The budget that keeps within two."""
    values = {}
    for field in fields(Budget):
        given = [limit for one in (first, second) if (limit := getattr(one, field.name)) is not None]
        values[field.name] = min(given, default=None)
    return Budget(**values)
