"""What a request says to the gateway itself: the ``outlay`` object of its body, or headers."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

HEADER = "x-outlay-"


class Options(BaseModel):
    """The ``outlay`` object. Every field is optional; a header of the same name stands in for a missing one.

    Attributes:
        policy: a policy of the configuration.
        strategy: how to spend, as in ``best_of_n(n=4)``; ``none`` passes the request on.
        verifier: who judges, by its name in the configuration.
        budget: what this request may spend, as in ``tokens=20000,seconds=5`` or as an object.
        answer_rule: how the value of an answer is read, for votes.
        candidates: whether the reply lists everything that the answer was chosen from.
        progress: how a stream tells what goes on.
    """

    model_config = ConfigDict(extra="forbid")

    policy: str | None = None
    strategy: str | None = None
    verifier: str | None = None
    budget: str | dict[str, float] | None = None
    answer_rule: str | None = None
    candidates: bool = False
    progress: Literal["comments", "reasoning", "none"] | None = None

    def over(self, headers: Mapping[str, str]) -> dict[str, object]:
        """These options and those of the headers, which say what is missing here; not validated."""
        names = {name: HEADER + name.replace("_", "-") for name in Options.model_fields}
        said = {name: headers[header] for name, header in names.items() if header in headers}
        return {**said, **self.model_dump(exclude_unset=True)}
