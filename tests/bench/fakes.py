"""Small deterministic parts that keep the real contracts: a task, a model, verifiers and strategies."""

import hashlib
import json
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import anyio
import numpy as np

from outlay.bench.parts import Parts
from outlay.core.answer import Answer, Candidate, Snapshot
from outlay.core.catalogue import Catalogue
from outlay.core.consult import ask
from outlay.core.cost import Cost
from outlay.core.errors import ModelUnavailableError
from outlay.core.model import Capability, LanguageModel, Meter, ModelInfo, Sample, SampleRequest, Scored
from outlay.core.problem import Message, Problem, StepRule
from outlay.core.run import Run
from outlay.core.strategy import StrategyInfo
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Judges, Verdict, Verifier, VerifierInfo
from outlay.tasks.exercise import Exercise, TaskInfo


@dataclass(frozen=True)
class AfterEquals:
    def extract(self, text: str) -> str | None:
        _, equals, value = text.rpartition("=")
        return value if equals else None

    def equal(self, first: str, second: str) -> bool:
        return first == second


@dataclass(frozen=True)
class Total:
    value: str

    def is_correct(self, value: str | None) -> bool:
        return value == self.value


@dataclass(frozen=True)
class Sums:
    info: TaskInfo = TaskInfo("sums", "add two numbers", 2)

    def draw(self, level: int, rng: np.random.Generator) -> Exercise:
        a, b = (int(number) for number in rng.integers(0, 10**level, size=2))
        return Exercise(sum_problem(a, b, level), "")


def sum_problem(a: int, b: int, level: int = 1) -> Problem:
    return Problem(
        f"sum/{a}/{b}",
        (Message("user", f"{a}+{b}"),),
        AfterEquals(),
        StepRule(max_steps=3, max_step_tokens=12, max_tokens=30),
        Total(str(a + b)),
        task="sums",
        level=level,
    )


@dataclass(frozen=True)
class Listed:
    """Questions from a file, one ``a b`` a line."""

    path: str
    info: TaskInfo = TaskInfo("listed", "sums from a file", 0)

    def draw(self, level: int, rng: np.random.Generator) -> Exercise:
        raise NotImplementedError

    def __len__(self) -> int:
        return len(Path(self.path).read_text().splitlines())

    def problem(self, index: int) -> Problem:
        a, b = map(int, Path(self.path).read_text().splitlines()[index].split())
        return sum_problem(a, b, 0)


@dataclass(frozen=True)
class Dice:
    """Right about half of the time; charges as an embedded model does: the prompt once a call, then each sample.

    Attributes:
        delay: seconds a token takes.
        receipt: a file that gets one line, the text, for each sample that was really made.
        broken: while this file is there, half of the questions fail.
        fatal: while this file is there, the process dies.
    """

    delay: float = 0.0
    receipt: str = ""
    broken: str = ""
    fatal: str = ""

    @property
    def info(self) -> ModelInfo:
        return ModelInfo("dice", "", frozenset(Capability), parameters=10, prompt_price=2.0, completion_price=8.0)

    def bound(self, request: SampleRequest) -> Cost:
        fresh, cached = self._read(request.trajectory)
        n = len(request.seeds)
        return self.info.cost(prompt=fresh, cached=cached, completion=n * request.max_tokens, samples=n, calls=1)

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        if _exists(self.fatal):
            os._exit(1)
        if _exists(self.broken) and _number(request.trajectory.problem.messages) % 2:
            raise ModelUnavailableError("the dice are lost")
        fresh, cached = self._read(request.trajectory)
        meter(self.info.cost(prompt=fresh, cached=cached, calls=1))
        drawn = [self._draw(request, i) for i in range(len(request.seeds))]
        done = 0
        for sample in sorted(drawn, key=lambda one: one.step.cost.completion_tokens):
            tokens = sample.step.cost.completion_tokens
            await anyio.sleep((tokens - done) * self.delay)
            done = tokens
            self._sign(sample.step.text)
            meter(sample.step.cost)
            yield sample

    async def score(self, trajectory: Trajectory, texts: Sequence[str], meter: Meter) -> list[Scored]:
        name = float(_number(trajectory.text))
        self._sign(f"score {name}")
        meter(self.info.cost(prompt=sum(map(len, texts)), calls=1))
        return [Scored(text, (-name,) * len(text)) for text in texts]

    def _read(self, trajectory: Trajectory) -> tuple[int, int]:
        prompt = len(trajectory.problem.messages[-1].content)
        if trajectory.last is None:
            return prompt, 0
        lost = [step for step in trajectory.steps if step.model_state is not self]
        fresh = sum(step.cost.completion_tokens for step in lost)
        return fresh, prompt + trajectory.completion_tokens - fresh

    def _draw(self, request: SampleRequest, index: int) -> Sample:
        trajectory = request.trajectory
        name = _number([trajectory.problem.messages, trajectory.text, request.seeds[index], request.temperature])
        a, b = map(int, trajectory.problem.messages[-1].content.split("+"))
        unfinished = request.stop and trajectory.depth < 2
        text = f"{name:x}\n" if unfinished else f"{name:x}={a + b + (name >> 4) % 2}"
        cost = self.info.cost(completion=5 + name % 7, samples=1)
        step = Step(text, trajectory.last, (name % 97,), (-0.5,), cost, self)
        return Sample(index, step, Finish.STEP if unfinished else Finish.END)

    def _sign(self, text: str) -> None:
        sign(self.receipt, text)


@dataclass
class Watch:
    """How many calls and samples are under way, and how many were at most."""

    now: int = 0
    most: int = 0

    def __call__(self, change: int) -> None:
        self.now += change
        self.most = max(self.most, self.now)


WATCHES: dict[str, Watch] = {}
"""By the names that busy models have."""


@dataclass(frozen=True)
class Busy(Dice):
    """Dice that watch how many samples of theirs are under way, in calls of one sample each unless they can do more."""

    name: str = "busy"
    base_url: str = ""
    several: bool = False

    @property
    def info(self) -> ModelInfo:
        lacking = frozenset() if self.several else frozenset({Capability.SEVERAL})
        return replace(super().info, name=self.name, capabilities=frozenset(Capability) - lacking)

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        watch = WATCHES.setdefault(self.name, Watch())
        calls = 1 if self.several else len(request.seeds)
        watch(calls)
        try:
            async for one in super().sample(request, meter):
                yield one
        finally:
            watch(-calls)


@dataclass(frozen=True)
class Oracle:
    info: VerifierInfo = VerifierInfo("oracle", judges=Judges.STEPS)

    def require(self, problem: Problem) -> None:
        pass

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        cost = Cost(verifier_tokens=len(trajectories))
        async with run.ledger.reserve(cost) as reservation:
            reservation.charge(cost)
        assert problem.reference is not None
        return [Verdict((len(one.text) % 5) / 10 + 0.5 * problem.reference.is_correct(one.value))
                for one in trajectories]  # fmt: skip


@dataclass(frozen=True)
class Asker:
    """Asks a model of its own about each answer."""

    model: LanguageModel
    info: VerifierInfo = VerifierInfo("asker", reserves_first=True)

    def require(self, problem: Problem) -> None:
        pass

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        return [await self._judge(one, run) for one in trajectories]

    async def _judge(self, one: Trajectory, run: Run) -> Verdict:
        talk = sum_problem(_number(one.text), 0)
        said = await ask(run, talk, model=self.model, n=2, temperature=0.9, max_tokens=12)
        return Verdict(sum(len(text) % 3 for text in said.texts) / 4, cost=said.cost)


@dataclass(frozen=True)
class Served:
    """Gets its verdicts from a server of its own, which signs a receipt for each."""

    receipt: str = ""
    info: VerifierInfo = VerifierInfo("served")

    def require(self, problem: Problem) -> None:
        pass

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        async def judged(meter: Meter) -> list[Verdict]:
            await anyio.sleep(0.002)
            for one in trajectories:
                sign(self.receipt, f"served {one.text}")
            meter(Cost(verifier_tokens=3, calls=1, dollars=0.25))
            return [Verdict(len(one.text) % 5 / 4, evidence=f"served {one.text}") for one in trajectories]

        async with run.ledger.reserve(Cost(verifier_tokens=5, calls=1, dollars=0.25)) as reservation:
            return await run.journal.verdicts("".join(one.text for one in trajectories), judged, reservation.charge)


@dataclass(frozen=True)
class OutcomeOracle(Oracle):
    info: VerifierInfo = VerifierInfo("outcome_oracle")


@dataclass(frozen=True)
class Draw:
    """Draws n samples; the verifier's favourite of them, or the first without a verifier.

    The temperature differs from strategy to strategy, so that no two trials ask for the same sample.
    """

    n: int = 4
    temperature: float = 1.0

    @property
    def info(self) -> StrategyInfo:
        return StrategyInfo("draw", "", "", Judges.OUTCOMES if self.n > 1 else None)

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        # Sorted, since a tight budget makes the samples calls that race.
        drawn = [
            one async for one in run.sample(Trajectory(problem), self.n, temperature=self.temperature + self.n / 100)
        ]
        candidates: list[Candidate] = []
        for _, one in sorted(drawn, key=lambda pair: pair[0]):
            score = None
            if self.n > 1:
                verdicts = await run.judge([one], run.verifier("draw"))
                if verdicts is None:
                    return
                score = verdicts[0].score
            candidates.append(Candidate(one, one.value, score))
            best = max(candidates, key=lambda candidate: candidate.score or 0.0)
            yield Answer(best.value, best.trajectory, best.score, Snapshot(candidates), run.ledger.spent)


@dataclass(frozen=True)
class Walk:
    """Keeps the better of ``width`` next steps until the answer is finished, and scores it twice over."""

    width: int = 2
    temperature: float = 0.5
    info: StrategyInfo = StrategyInfo("walk", "", "", Judges.STEPS)

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        trajectory = Trajectory(problem)
        while not trajectory.finished:
            longer = [one async for _, one in run.sample(
                trajectory, self.width, one_step=True, temperature=self.temperature)]  # fmt: skip
            verdicts = await run.judge(longer, run.verifier("walk", steps=True))
            if not verdicts:
                return
            trajectory = max(zip(verdicts, longer, strict=True), key=lambda pair: pair[0].score)[1]
        async with run.ledger.reserve(run.model.info.cost(prompt=3, calls=1)) as reservation:
            scored = await run.model.score(trajectory, ["yes"], reservation.charge)
        candidate = Candidate(trajectory, trajectory.value, scored[0].total)
        yield Answer(candidate.value, trajectory, None, [candidate], run.ledger.spent)


@dataclass(frozen=True)
class Hasty:
    """Takes the first of n samples to finish and leaves."""

    n: int = 4
    info: StrategyInfo = StrategyInfo("hasty", "", "")

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        samples = run.sample(Trajectory(problem), self.n)
        async for _, one in samples:
            await samples.aclose()  # type: ignore[attr-defined]
            yield Answer(one.value, one, None, [Candidate(one, one.value)], run.ledger.spent)
            return


@dataclass(frozen=True)
class Greedless:
    """Needs what no fake offers."""

    info: StrategyInfo = StrategyInfo("greedless", "", "", Judges.STEPS)

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        raise ZeroDivisionError("a mistake in a strategy")
        yield


def sign(receipt: str, text: str) -> None:
    """A line in a file of receipts, if there is one, on disk on return."""
    if receipt:
        with Path(receipt).open("a") as file:
            file.write(json.dumps(text) + "\n")
            file.flush()
            os.fsync(file.fileno())


def _exists(path: str) -> bool:
    return bool(path) and Path(path).exists()


def _number(value: object) -> int:
    return int.from_bytes(hashlib.sha256(repr(value).encode()).digest()[:6])


HERE = "tests.bench.fakes"
MODELS: Catalogue[LanguageModel] = Catalogue("model", {"dice": f"{HERE}:Dice", "busy": f"{HERE}:Busy"}, LanguageModel)
JUDGES = {"oracle": "Oracle", "outcome_oracle": "OutcomeOracle", "asker": "Asker", "served": "Served"}
PARTS = Parts(
    MODELS,
    Catalogue("strategy", {name: f"{HERE}:{name.title()}" for name in ("draw", "walk", "hasty", "greedless")}),
    Catalogue[Verifier]("verifier", {name: f"{HERE}:{judge}" for name, judge in JUDGES.items()}).knowing(MODELS),
    Catalogue("task", {"sums": f"{HERE}:Sums", "listed": f"{HERE}:Listed"}),
)


def receipts(path: Path) -> list[str]:
    """What a model signed for in a file; a kill may have cut the last line short."""
    return [json.loads(line) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]
