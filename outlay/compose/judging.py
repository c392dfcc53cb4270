"""What layers that judge share: whose verdicts they take, and drafts with scores."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace

from outlay.compose.layer import Draft
from outlay.core.run import Run
from outlay.core.strategy import StrategyInfo
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges, Verifier
from outlay.strategies.judge import judged
from outlay.strategies.select import standing


def needing(info: StrategyInfo, verifier: Verifier | None) -> StrategyInfo:
    """The card of a layer that takes its own verifier's verdicts, or those of the run's verifier if it has none."""
    if verifier is None:
        return replace(info, verifier=Judges.OUTCOMES)
    return replace(info, capabilities=verifier.info.capabilities)


async def scored(drafts: Sequence[Draft], run: Run, verifier: Verifier) -> list[Draft]:
    """The drafts with the scores of their verdicts; without one where the verifier cannot tell or is not paid."""
    scores: dict[int, float | None] = {}
    verdicts = judged(run, _numbered(drafts), verifier)
    async with aclosing(verdicts):  # type: ignore[type-var]
        async for index, candidate in verdicts:
            scores[index] = candidate.score
    return [replace(one, score=scores.get(index)) for index, one in enumerate(drafts)]


def best_first(drafts: Sequence[Draft]) -> list[Draft]:
    """Those with a value before those without, then by falling score; equals keep their order."""
    return sorted(drafts, key=lambda one: (one.trajectory.value is None, -standing(one.score)))


async def _numbered(drafts: Sequence[Draft]) -> AsyncIterator[tuple[int, Trajectory]]:
    for index, one in enumerate(drafts):
        yield index, one.trajectory
