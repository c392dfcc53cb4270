"""``cascade``: ask a cheap model first, and dearer ones only where its answer is not sure enough."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from outlay.core.answer import Answer, Candidate
from outlay.core.errors import InvalidInputError, InvalidSettingError, MissingCapabilityError
from outlay.core.model import LanguageModel
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import Strategy, StrategyInfo
from outlay.strategies.parallel.self_consistency import SelfConsistency


@dataclass(frozen=True, slots=True)
class ModelCascade:
    """The run's own model answers by the strategy ``of``; while the confidence is below ``above``, the next model does.

    All models pay from one budget, each at its own price. It helps where a cheap model knows when it is right, as votes
    often do, and where its answers cost little beside the dear model's. An answer of a later model replaces that of an
    earlier one unless it has no value. ``outlay.allocate.routing.fit_cascade`` finds thresholds from outcomes.

    Attributes:
        models: whom to ask after the run's own model, in this order, as in ``models=[pocket, openai:large]``.
        of: how each model answers; it must say how confident it is.
        above: the confidence in [0, 1] from which an answer is kept.
    """

    models: tuple[LanguageModel, ...]
    of: Strategy = field(default_factory=lambda: SelfConsistency(4))
    above: float = 0.75

    def __post_init__(self) -> None:
        if not self.models:
            raise InvalidInputError("cascade needs at least one more model, as in models=[pocket]")
        if not 0 <= self.above <= 1:
            raise InvalidSettingError("cascade", "above", self.above, "from 0 to 1")
        for model in self.models:
            missing = self.of.info.capabilities - model.info.capabilities
            if missing:
                raise MissingCapabilityError(
                    f"cascade: {self.of.info.name}", " and ".join(sorted(missing)), f"model {model.info.name!r}",
                    "see: outlay models list",
                )  # fmt: skip

    @property
    def info(self) -> StrategyInfo:
        """What it is; it needs what its strategy needs."""
        inner = self.of.info
        return replace(
            inner,
            name="cascade",
            summary=f"{inner.name} by a cheap model, then by dearer ones while it is not sure",
            source="Chen, Zaharia and Zou 2023, FrugalGPT; Jin and Wu 2024, CE-CoLLM",
            cost=f"{inner.cost}, of each model that is asked",
            only_draws=False,
        )

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """The answers of each model in turn, with the candidates of all."""
        kept: Answer | None = None
        for number in range(1 + len(self.models)):
            asked = run if number == 0 else run.asking(self.models[number - 1])
            before: tuple[Candidate, ...] = () if kept is None else tuple(kept.candidates)
            own: Answer | None = None
            answers = self.of.improve(problem, asked)
            async with aclosing(answers):  # type: ignore[type-var]
                async for own in answers:
                    stands = own if kept is None or own.value is not None else kept
                    yield replace(stands, candidates=(*before, *own.candidates), cost=own.cost)
            if own is not None:
                stands = own if kept is None or own.value is not None else kept
                kept = replace(stands, candidates=(*before, *own.candidates), cost=own.cost)
            if run.exhausted or (own is not None and own.value is not None and (own.confidence or 0.0) >= self.above):
                return
