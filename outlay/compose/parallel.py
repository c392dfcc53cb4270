"""``parallel``: layers side by side, each given the same drafts; what they make goes on together."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from outlay.compose.layer import Draft, Kind, Layer
from outlay.compose.merge import merged
from outlay.compose.needs import needs_of
from outlay.core.errors import InvalidInputError
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import StrategyInfo


@dataclass(frozen=True, slots=True)
class Parallel:
    """Several layers that generate, or several that fuse, with other settings or other models.

    Under a limit they run one after another, so that timing does not decide which of them the budget pays for. In
    TOML and text a list within the list of layers stands for it.

    Attributes:
        of: the layers.
    """

    of: tuple[Layer, ...]

    def __post_init__(self) -> None:
        if len(self.of) < 2:
            raise InvalidInputError("layer parallel: a list within the layers needs two layers or more")
        kinds = {one.kind for one in self.of}
        if len(kinds) > 1 or not kinds <= {Kind.GENERATE, Kind.FUSE}:
            named = ", ".join(one.info.name for one in self.of)
            raise InvalidInputError(
                f"layer parallel: layers side by side must all generate or all fuse; got {named}. "
                "Layers that judge see all drafts and stand alone"
            )

    @property
    def info(self) -> StrategyInfo:
        """What it is; it needs what its layers need."""
        return needs_of("parallel", self.of)

    @property
    def kind(self) -> Kind:
        """That of its layers."""
        return self.of[0].kind

    def require(self, problem: Problem) -> None:
        """Refuse a problem that one of its layers refuses."""
        for one in self.of:
            one.require(problem)

    async def apply(self, problem: Problem, drafts: Sequence[Draft], run: Run) -> AsyncIterator[Sequence[Draft]]:
        """What the layers have made so far, in their order."""
        made: dict[int, Sequence[Draft]] = {}
        parts = zip(self.of, run.split(len(self.of)), strict=True)
        states = merged([one.apply(problem, drafts, part) for one, part in parts], at_once=not run.ledger.limited)
        async with aclosing(states):  # type: ignore[type-var]
            async for position, state in states:
                made[position] = state
                # What several of them keep is there once.
                together = {draft.trajectory: draft for i in sorted(made) for draft in made[i]}
                yield list(together.values())
