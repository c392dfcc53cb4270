"""The law of failures: whatever breaks in the middle of a run, its ledger is settled and its limits hold."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace

from outlay.core.budget import Budget
from outlay.core.cost import Cost
from outlay.core.errors import ModelUnavailableError, OutlayError, VerifierError
from outlay.core.model import LanguageModel, Meter, ModelInfo, Sample, SampleRequest, Scored
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.solve import solve
from outlay.core.strategy import Strategy
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict, Verifier, VerifierInfo
from outlay.testing.false_alarms import require
from outlay.testing.strategy_laws import SEEDS, ample
from outlay.testing.watched import Watched, require_quiet, require_settled, require_within
from outlay.testing.world import World


async def check_failures(
    strategy: Strategy, world: World, budget: Budget | None = None, seeds: Sequence[int] = SEEDS, calls: int = 6
) -> None:
    """A call that fails ends the run with the error itself, its ledger settled, within its limits and silent.

    The model fails at its first call, its second and so on, in the middle of its samples where it makes several; so
    does the verifier.

    Raises:
        LawBrokenError: naming the seed and the call.
    """
    limits = budget or ample(world)
    for seed in seeds:
        for call in range(calls):
            broken = [replace(world, model=FailingModel(world.model, call))]
            if world.verifier is not None:
                broken.append(replace(world, verifier=FailingVerifier(world.verifier, call)))
            for which, one in zip(("model", "verifier"), broken, strict=False):
                where = f"{strategy}, seed {seed}, the {which} fails at its call {call}"
                watched = Watched(one.model)
                run = replace(one, model=watched).run(limits, seed)
                try:
                    await solve(one.problem, strategy, run)
                except OutlayError as error:
                    told = isinstance(error, ModelUnavailableError | VerifierError)
                    require(told, f"{where}: it raised {error!r} instead of the failure itself")
                require_within(run, limits, where)
                require_settled(run, watched, where)
                await require_quiet(run, where)


class FailingModel:
    """A model that fails at one of its calls, after the first of several samples or before the only one."""

    def __init__(self, model: LanguageModel, fails_at: int) -> None:
        self._model = model
        self._left = fails_at

    @property
    def info(self) -> ModelInfo:
        """The model's card."""
        return self._model.info

    def bound(self, request: SampleRequest) -> Cost:
        """The most a request can cost."""
        return self._model.bound(request)

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        """The model's samples, until it fails.

        Raises:
            ModelUnavailableError: at the call that it is to fail at.
        """
        fails, self._left = self._left == 0, self._left - 1
        if fails and len(request.seeds) == 1:
            raise ModelUnavailableError("it fails, as it was told to")
        samples = self._model.sample(request, meter)
        async with aclosing(samples):  # type: ignore[type-var]
            async for sample in samples:
                yield sample
                if fails:
                    raise ModelUnavailableError("it fails, as it was told to")

    async def score(self, trajectory: Trajectory, texts: Sequence[str], meter: Meter) -> list[Scored]:
        """As the model scores."""
        return await self._model.score(trajectory, texts, meter)


class FailingVerifier:
    """A verifier that fails at one of its calls."""

    def __init__(self, verifier: Verifier, fails_at: int) -> None:
        self._verifier = verifier
        self._left = fails_at

    @property
    def info(self) -> VerifierInfo:
        """The verifier's card."""
        return self._verifier.info

    def require(self, problem: Problem) -> None:
        """As the verifier requires."""
        self._verifier.require(problem)

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """The verifier's verdicts, until it fails.

        Raises:
            VerifierError: at the call that it is to fail at.
        """
        fails, self._left = self._left == 0, self._left - 1
        if fails:
            raise VerifierError("it fails, as it was told to")
        return await self._verifier.judge(problem, trajectories, run)
