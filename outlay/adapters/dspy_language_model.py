"""A language model of DSPy's that answers each call by a strategy."""

from typing import Any

from outlay.adapters.dspy_engine import AsyncStrategyEngine, StrategyEngine
from outlay.answering.answerer import KEY
from outlay.answering.method import Method
from outlay.core.errors import MissingExtraError

try:
    import dspy
except ImportError:
    raise MissingExtraError("Outlay in DSPy", "dspy") from None


class OutlayLM(dspy.LM):
    """DSPy's own class on engines of ours, with the money that was paid in its history."""

    def update_history(self, entry: dict[str, Any]) -> None:
        """Keep a call, and what it cost."""
        answered = entry["response"]
        responses = answered if isinstance(answered, tuple) else (answered,)
        accounts: list[Any] = [(getattr(one, "provider_data", None) or {}).get(KEY) for one in responses]
        if all(accounts):
            entry["cost"] = sum(float(account["cost"]["dollars"]) for account in accounts)
        super().update_history(entry)


def language_model(
    strategy: str = "self_consistency(n=8)", model: str = "pocket", *, cache: bool = True, **settings: object
) -> OutlayLM:
    """A language model for ``dspy.configure(lm=...)``.

    Votes need the answer's value: ``answer_rule="field(name=answer)"`` reads the field ``answer`` of DSPy's format.

    Args:
        strategy: how to spend, as in ``best_of_n(n=4)``.
        model: who answers, as in ``pocket``.
        cache: whether DSPy may answer a call that it has seen from its cache, at no cost.
        **settings: the other settings of ``Method``: ``verifier``, ``budget``, ``answer_rule``, ``seed``, ``base_url``,
            ``max_tokens``, ``max_step_tokens``.

    Raises:
        InvalidInputError: if a setting is not right.
    """
    method = Method.of({"strategy": strategy, "model": model, **settings})
    engine = StrategyEngine(method)
    # DSPy's cache knows a model by its name alone, so the name has to say all of the method.
    return OutlayLM(f"{KEY}/{method}", engine=engine, async_engine=AsyncStrategyEngine(engine), cache=cache)
