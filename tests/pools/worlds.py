"""Small pools of random samples, and a model and a verifier that play one back to any strategy."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import numpy as np

from outlay.core.cost import Cost
from outlay.core.ledger import Ledger
from outlay.core.model import Capability, Meter, ModelInfo, Sample, SampleRequest
from outlay.core.problem import Message, Problem
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Judges, Verdict, VerifierInfo
from outlay.pools import ProblemSamples, Ragged, votes
from outlay.testing import AfterEquals

JUDGE = "judge"
WORDS = ("maybe", "wait", "so", "hence", "sum", "eight")


def random_samples(rng: np.random.Generator, n: int, answers: int = 3, ungraded: float = 0.0) -> ProblemSamples:
    """Samples with repeated texts, missing answers, equal lengths and scores, and verdicts that are not there."""
    texts: list[str] = []
    for _ in range(n):
        if texts and rng.random() < 0.2:
            texts.append(texts[rng.integers(len(texts))])
            continue
        said = " ".join(rng.choice(WORDS, rng.integers(1, 5)))
        texts.append(said if rng.random() < 0.2 else f"{said}={rng.integers(answers)}")
    rule = AfterEquals()
    values = [rule.extract(text) for text in texts]
    tokens = np.array([float(rng.integers(1, 4)) for _ in range(n)])
    first = {text: i for i, text in reversed(list(enumerate(texts)))}
    tokens = np.array([tokens[first[text]] for text in texts])
    logprob = -rng.integers(1, 5, n).astype(float) if rng.random() < 0.5 else -rng.exponential(3.0, n)
    judged = rng.random(n) < 0.8
    scores = np.where(judged, rng.integers(0, 5, n) / 4, np.nan)
    steps = [list(rng.integers(1, 9, rng.integers(1, 4)) / 8) if one else None for one in judged]
    correct = np.array([float(value == "0") for value in values])
    return ProblemSamples(
        "q",
        np.arange(n),
        text=texts,
        value=values,
        vote=votes(values, str.__eq__),
        correct=np.where(rng.random(n) < ungraded, np.nan, correct),
        completion_tokens=tokens,
        seconds=rng.permutation(n) + 1.0,
        logprob=logprob,
        scores={JUDGE: scores},
        step_scores={JUDGE: Ragged.of(steps)},
        verifier_tokens={JUDGE: np.full(n, 5.0)},
    )


@dataclass
class PlayedModel:
    """Answers with the samples of a pool, one after another, or in the order of their seconds."""

    samples: ProblemSamples
    timed: bool = False
    played: int = 0

    @property
    def info(self) -> ModelInfo:
        return ModelInfo("played", capabilities=frozenset({Capability.LOGPROBS, Capability.SEVERAL}))

    def bound(self, request: SampleRequest) -> Cost:
        return Cost(completion_tokens=9 * len(request.seeds))

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        start = self.played
        self.played += len(request.seeds)
        order = range(len(request.seeds))
        assert self.samples.seconds is not None
        for index in sorted(order, key=lambda i: self.samples.seconds[start + i]) if self.timed else order:
            yield Sample(index, self.step(start + index, request.trajectory.last), Finish.END)

    def step(self, position: int, parent: Step | None) -> Step:
        one = self.samples
        assert one.text is not None
        assert one.completion_tokens is not None
        assert one.logprob is not None
        tokens = int(one.completion_tokens[position])
        logprobs = (float(one.logprob[position]), *[0.0] * (tokens - 1))
        cost = Cost(completion_tokens=tokens, samples=1)
        return Step(str(one.text[position]), parent, None, logprobs, cost, model_state=position)


@dataclass
class PlayedVerifier:
    """Gives the pool's verdicts."""

    samples: ProblemSamples
    info: VerifierInfo = VerifierInfo(JUDGE, judges=Judges.STEPS)

    def require(self, problem: Problem) -> None:
        pass

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        return [self.verdict(position_of(one)) for one in trajectories]

    def verdict(self, position: int) -> Verdict:
        score, steps = self.samples.scores[JUDGE][position], self.samples.step_scores[JUDGE].row(position)
        if np.isnan(score):
            return Verdict.unknown("cannot tell")
        return Verdict(float(score), None if steps is None else tuple(map(float, steps)))


def position_of(trajectory: Trajectory) -> int:
    """Which sample of the pool a trajectory is."""
    assert trajectory.last is not None
    state = trajectory.last.model_state
    assert isinstance(state, int)
    return state


def played_run(samples: ProblemSamples, timed: bool = False) -> tuple[Problem, Run]:
    problem = Problem("q", (Message("user", "?"),), AfterEquals())
    model = PlayedModel(samples, timed)
    return problem, Run(model, Ledger(), np.random.default_rng(0), PlayedVerifier(samples))  # type: ignore[arg-type]
