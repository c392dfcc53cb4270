"""What every judge that asks a model shares: whom it asks, and what it needs of them."""

from collections.abc import Iterable, Sequence

from outlay.core.consult import Replies
from outlay.core.cost import NOTHING
from outlay.core.errors import InvalidSettingError, MissingCapabilityError
from outlay.core.model import Capability, LanguageModel
from outlay.core.verifier import Verdict


def needed(model: LanguageModel | None) -> frozenset[Capability]:
    """What a judge needs of the run's own model: nothing if it has one of its own."""
    return frozenset() if model else frozenset({Capability.DIALOGUE})


def check_asked(owner: str, model: LanguageModel | None, **counts: int) -> None:
    """Refuse a model that does not converse, and counts below 1.

    Raises:
        MissingCapabilityError: naming the model.
        InvalidSettingError: naming the setting.
    """
    if model is not None and Capability.DIALOGUE not in model.info.capabilities:
        raise MissingCapabilityError(
            f"verifier {owner!r}", "a model that converses", f"model {model.info.name!r}", "pocket_dialogue does"
        )
    for name, value in counts.items():
        if value < 1:
            raise InvalidSettingError(f"verifier {owner}", name, value, "1 or above")


def averaged(scores: Iterable[float | None], asked: Sequence[Replies], told: str) -> Verdict:
    """The mean of what the replies say; no verdict where none has the form that was asked for."""
    read = list(scores)
    cost = sum((found.cost for found in asked), NOTHING)
    known = [score for score in read if score is not None]
    if not known:
        return Verdict.unknown(why_unread(asked), cost)
    evidence = f"{told}: {sum(known) / len(known):.2f}, {len(known)} of {len(read)} replies"
    return Verdict(sum(known) / len(known), evidence=evidence, cost=cost)


def why_unread(asked: Sequence[Replies]) -> str:
    """Why nothing could be read from any reply."""
    failure = next((found.failure for found in asked if found.failure), "")
    return failure or "no reply had the form that was asked for"
