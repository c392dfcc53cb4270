"""Whole answers drawn once for all strategies that draw them alike: they are charged to each as if they were new."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace

from outlay.core.cost import Cost
from outlay.core.model import LanguageModel, Meter, ModelInfo, Sample, SampleRequest, Scored
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Step, Trajectory
from outlay.core.verifier import Verdict, Verifier, VerifierInfo

Key = tuple[int, float, float, int]


class SharedModel:
    """A model that remembers its whole answers to one problem, by seed."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self._known: dict[Key, Sample] = {}

    @property
    def info(self) -> ModelInfo:
        """The model's card."""
        return self._model.info

    def bound(self, request: SampleRequest) -> Cost:
        """The most a request can cost."""
        return self._model.bound(request)

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        """Samples from memory first, then new ones. Only answers to the bare problem are remembered."""
        whole = request.trajectory.last is None and not request.stop and len(request.trajectory.problem.messages) == 1
        keys = [(seed, request.temperature, request.top_p, request.max_tokens) for seed in request.seeds]
        known = [i for i, key in enumerate(keys) if whole and key in self._known]
        missing = [i for i in range(len(keys)) if i not in set(known)]
        if not missing:
            one = replace(request, seeds=request.seeds[:1])
            prompt = self._model.bound(one).prompt_tokens
            meter(self.info.cost(prompt=prompt, calls=1))
        for i in known:
            sample = self._known[keys[i]]
            meter(sample.step.cost)
            yield replace(sample, index=i)
        if missing:
            fresh = self._model.sample(replace(request, seeds=tuple(request.seeds[i] for i in missing)), meter)
            async with aclosing(fresh):  # type: ignore[type-var]
                async for sample in fresh:
                    i = missing[sample.index]
                    if whole:
                        self._known[keys[i]] = sample
                    yield replace(sample, index=i)

    async def score(self, trajectory: Trajectory, texts: Sequence[str], meter: Meter) -> list[Scored]:
        """As the model scores."""
        return await self._model.score(trajectory, texts, meter)


class SharedVerifier:
    """A verifier that remembers its verdicts on whole answers, and charges them again."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self._known: dict[Step, Verdict] = {}

    @property
    def info(self) -> VerifierInfo:
        """The verifier's card."""
        return self._verifier.info

    def require(self, problem: Problem) -> None:
        """As the verifier requires."""
        self._verifier.require(problem)

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """Verdicts, from memory where there is one."""
        return [await self._judge(problem, one, run) for one in trajectories]

    async def _judge(self, problem: Problem, one: Trajectory, run: Run) -> Verdict:
        whole = one.last if one.depth == 1 and one.finished else None
        if whole is not None and whole in self._known:
            verdict = self._known[whole]
            async with run.ledger.reserve(verdict.cost) as reservation:
                reservation.charge(verdict.cost)
            return verdict
        [verdict] = await self._verifier.judge(problem, [one], run)
        if whole is not None:
            self._known[whole] = verdict
        return verdict
