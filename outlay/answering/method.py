"""How another tool's questions are answered, as plain settings that the tool can write down and hand back."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, fields

from outlay.core.catalogue import Specification
from outlay.core.errors import InvalidInputError, InvalidSettingError, UnknownNameError
from outlay.core.model import LanguageModel
from outlay.models import MODELS

OWNER = "an Outlay method"


@dataclass(frozen=True, slots=True)
class Method:
    """A strategy with all that it needs; the words are those of the command line.

    Attributes:
        strategy: how the budget of a question is spent, as in ``best_of_n(n=4)``.
        model: who answers, as in ``pocket``; with ``base_url`` the model's name on that server.
        verifier: who judges, where the strategy asks for a judge.
        budget: what one question may spend, as in ``tokens=20000``; empty for no limit.
        answer_rule: how the value of an answer is read, for votes: ``free``, ``line``, ``expression``, ``whole`` or
            ``field(name=...)``.
        seed: of every random draw. The same question asked again draws afresh.
        base_url: an OpenAI-compatible server, ending in ``/v1``; empty for a model that is named in full.
        max_tokens: the worst-case length of an answer where the tool does not say.
        max_step_tokens: that of a step.
    """

    strategy: str = "self_consistency(n=8)"
    model: str = "pocket"
    verifier: str = ""
    budget: str = ""
    answer_rule: str = "free"
    seed: int = 0
    base_url: str = ""
    max_tokens: int = 1024
    max_step_tokens: int = 256

    @classmethod
    def of(cls, settings: Mapping[str, object]) -> "Method":
        """A method from the settings that a tool has read; what it took for a list at a comma is one text again.

        Raises:
            InvalidInputError: if a setting is unknown or of the wrong type.
        """
        kinds = {field.name: int if isinstance(field.default, int) else str for field in fields(cls)}
        found: dict[str, object] = {}
        for name, given in settings.items():
            if name not in kinds:
                raise UnknownNameError(f"setting of {OWNER}:", name, kinds)
            value = ",".join(map(str, given)) if kinds[name] is str and isinstance(given, list | tuple) else given
            if value is None:
                continue
            if not isinstance(value, kinds[name]) or isinstance(value, bool):
                raise InvalidSettingError(OWNER, name, value, "a whole number" if kinds[name] is int else "a text")
            found[name] = value
        return cls(**found)  # type: ignore[arg-type]

    def __post_init__(self) -> None:
        for name, least in (("seed", 0), ("max_tokens", 1), ("max_step_tokens", 1)):
            if getattr(self, name) < least:
                raise InvalidSettingError(OWNER, name, getattr(self, name), f"{least} or above")
        if self.base_url and not self.model:
            raise InvalidInputError(f"{OWNER}: base_url={self.base_url!r} needs model, the model's name on that server")

    def __str__(self) -> str:
        """Every setting, so that two methods that may answer differently are never called the same."""
        judged = f" with {self.verifier}" if self.verifier else ""
        limits = f"{self.max_tokens}/{self.max_step_tokens} tokens"
        parts = (
            self.base_url,
            self.model,
            self.strategy + judged,
            self.budget or "unlimited",
            self.answer_rule,
            limits,
        )
        return ", ".join(filter(None, (*parts, f"seed {self.seed}")))

    def as_dict(self) -> dict[str, str | int]:
        """Plain values for JSON, which ``of`` reads."""
        return asdict(self)

    def build_model(self) -> LanguageModel:
        """The model.

        Raises:
            InvalidInputError: if there is none of that name, or the server's address is no address.
        """
        if not self.base_url:
            return MODELS.build(self.model)
        return MODELS.build(Specification("openai", {"model": self.model, "base_url": self.base_url}))


async def close(model: LanguageModel) -> None:
    """Close a model's connections, where it has any; its next request opens new ones."""
    closing = getattr(model, "aclose", None)
    if closing is not None:
        await closing()


@asynccontextmanager
async def closing_model(model: LanguageModel) -> AsyncIterator[None]:
    """Close a model's connections on leaving, as they end with the event loop."""
    try:
        yield
    finally:
        await close(model)
