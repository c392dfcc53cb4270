"""``simulated``: answers at stated rates, lengths and latencies, for theory and tests."""

import math
import re
import zlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import anyio
import numpy as np

from outlay.core.cost import Cost
from outlay.core.errors import InvalidSettingError, MissingCapabilityError
from outlay.core.model import Capability, Meter, ModelInfo, Sample, SampleRequest, Scored
from outlay.core.problem import AnsweredReference, Problem
from outlay.core.trajectory import Finish, Step, Trajectory

WRONG = 900_001
"""Wrong answers are numbers from here on."""
_CAPABILITIES = frozenset({Capability.CONTINUATION, Capability.FORK, Capability.SEED, Capability.SEVERAL})


@dataclass(frozen=True, slots=True)
class Simulated:
    """Right with a stated probability; it knows the reference and decides with its seeds.

    Each problem has a pass rate of its own, drawn from Beta(mean * concentration, (1 - mean) * concentration). Every
    step goes wrong with the same probability, so that all are right at the problem's rate; what went wrong stays so.
    Wrong samples agree on one wrong answer with probability ``correlation``, and else take one of ``wrong_answers``
    at random. A word is a token. An unreliable judge for it is ``noisy(of=exact)``.

    Attributes:
        pass_rate: mean over problems, in [0, 1].
        concentration: how alike problems are; 0 gives every problem the mean itself.
        correlation: in [0, 1].
        wrong_answers: how many different ones there are.
        steps: lines of a sample, the answer's line included.
        tokens: mean words of a line.
        length_spread: standard deviation of the log-normal length's logarithm.
        seconds: mean latency of a call's samples, exponentially distributed; 0 answers at once.
        seed: of the problems' pass rates and common wrong answers.
    """

    pass_rate: float = 0.5
    concentration: float = 0.0
    correlation: float = 0.0
    wrong_answers: int = 20
    steps: int = 4
    tokens: int = 8
    length_spread: float = 0.0
    seconds: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("pass_rate", "correlation"):
            self._require(name, "between 0 and 1", 0 <= getattr(self, name) <= 1)
        for name in ("concentration", "length_spread", "seconds"):
            self._require(name, "a number, 0 or above", 0 <= getattr(self, name) < math.inf)
        for name in ("wrong_answers", "steps"):
            self._require(name, "1 or above", getattr(self, name) >= 1)
        self._require("tokens", "4 or above", self.tokens >= 4)
        self._require("seed", "0 or above", self.seed >= 0)

    def _require(self, name: str, allowed: str, holds: bool) -> None:
        if not holds:
            raise InvalidSettingError("model simulated", name, getattr(self, name), allowed)

    @property
    def info(self) -> ModelInfo:
        """The model card of a small hosted model, with prices in US dollars a million tokens."""
        return ModelInfo(
            "simulated", "answers at a stated pass rate, length and latency", _CAPABILITIES, 1 << 20, 1_000_000_000,
            prompt_price=0.1, cached_price=0.025, completion_price=0.4,
        )  # fmt: skip

    def bound(self, request: SampleRequest) -> Cost:
        """The most that a request can cost."""
        return self._started(request) + self._generated(request, len(request.seeds), request.max_tokens)

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        """The request's samples as they finish; those not finished on leaving cost nothing.

        Raises:
            MissingCapabilityError: if the problem has no reference with a known answer.
        """
        _answer(request.trajectory.problem)
        drawn = [self._draw(request, index) for index in range(len(request.seeds))]
        meter(self._started(request))
        waited = 0.0
        for latency, sample in sorted(drawn, key=lambda one: one[0]):
            await anyio.sleep(latency - waited)
            waited = latency
            meter(sample.step.cost)
            yield sample

    async def score(self, trajectory: Trajectory, texts: Sequence[str], meter: Meter) -> list[Scored]:
        """Not offered.

        Raises:
            MissingCapabilityError: always.
        """
        raise MissingCapabilityError("scoring text", "log-probabilities", "model 'simulated'", "pocket offers them")

    def problem_pass_rate(self, problem: Problem) -> float:
        """The probability that a sample of this problem is right."""
        if not self.concentration:
            return self.pass_rate
        alpha, beta = self.pass_rate * self.concentration, (1 - self.pass_rate) * self.concentration
        if not alpha or not beta:
            return self.pass_rate
        return float(self._of_problem(problem).beta(alpha, beta))

    def _of_problem(self, problem: Problem) -> np.random.Generator:
        return np.random.default_rng([self.seed, zlib.crc32(_asked(problem).encode())])

    def _started(self, request: SampleRequest) -> Cost:
        prompt = len(_asked(request.trajectory.problem).split())
        if request.trajectory.last is None:
            return self.info.cost(prompt=prompt, calls=1)
        return self.info.cost(cached=prompt + len(request.trajectory.text.split()), calls=1)

    def _generated(self, request: SampleRequest, samples: int, tokens: int) -> Cost:
        started = 0 if request.trajectory.last else samples
        return self.info.cost(completion=samples * tokens, samples=started)

    def _draw(self, request: SampleRequest, index: int) -> tuple[float, Sample]:
        """A latency in seconds, and the sample."""
        trajectory = request.trajectory
        seed = request.seeds[index] if request.temperature else 0
        rng = np.random.default_rng(
            [self.seed, seed, zlib.crc32((_asked(trajectory.problem) + trajectory.text).encode())]
        )
        latency = float(rng.exponential(self.seconds)) if self.seconds else 0.0
        lines = [line for line in trajectory.text.splitlines() if line]
        wrong = next((line.split()[-1] for line in lines if line.split()[-2:-1] == ["wrong"]), "")
        made: list[str] = []
        while len(lines) + len(made) < self.steps and not (made and "\n" in request.stop):
            wrong = wrong or self._error(trajectory.problem, rng)
            made.append(self._line(trajectory.problem, len(lines) + len(made) + 1, wrong, rng))
        ended = len(lines) + len(made) >= self.steps
        text = "\n".join(made) + ("" if ended else "\n")
        finish = Finish.END if ended else Finish.STEP
        if len(text.split()) > request.max_tokens:
            text, finish = "".join(re.findall(r"\S+\s*", text)[: request.max_tokens]).rstrip(), Finish.LENGTH
        tokens = min(max(1, len(text.split())), request.max_tokens)
        step = Step(text, trajectory.last, cost=self._generated(request, 1, tokens), model_state=self)
        return latency, Sample(index, step, finish)

    def _error(self, problem: Problem, rng: np.random.Generator) -> str:
        """A wrong answer if this step goes wrong, else ``""``."""
        if rng.random() < self.problem_pass_rate(problem) ** (1 / self.steps):
            return ""
        chosen = rng if rng.random() >= self.correlation else self._of_problem(problem)
        return str(WRONG + int(chosen.integers(self.wrong_answers)))

    def _line(self, problem: Problem, number: int, wrong: str, rng: np.random.Generator) -> str:
        if number == self.steps:
            return f"answer:{wrong or _answer(problem)}"
        length = max(4, round(self.tokens * rng.lognormal(-(self.length_spread**2) / 2, self.length_spread)))
        middle = " ".join(["then"] * (length - 4))
        return " ".join(filter(None, [f"step {number}", middle, f"wrong {wrong}" if wrong else "all right"]))


def _asked(problem: Problem) -> str:
    return "\n".join(message.content for message in problem.messages)


def _answer(problem: Problem) -> str:
    if not isinstance(problem.reference, AnsweredReference):
        raise MissingCapabilityError(
            "model 'simulated'", "a reference with a known answer", f"problem {problem.id!r}",
            "the generated tasks and jsonl files have one",
        )  # fmt: skip
    return problem.reference.answer
