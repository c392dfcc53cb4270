"""How long a model takes for p prompt tokens and o output tokens, as a linear form that is measured by a probe.

A transformer reads its prompt at once and writes one token after another, so that an undisturbed call takes
``call + prompt * p + output * o`` seconds. Servers that others use too take longer now and then, never shorter: of the
same call made several times the fastest counts (Cheaply Evaluating Inference Efficiency Metrics for Autoregressive
Transformer APIs, section 3).
"""

import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path

import numpy as np

from outlay.core.cost import NOTHING, Cost
from outlay.core.errors import InvalidInputError, InvalidSettingError, ModelError, StoreError
from outlay.core.model import LanguageModel, SampleRequest
from outlay.core.problem import Message, Problem
from outlay.core.trajectory import Trajectory
from outlay.statistics import Interval, nonnegative_fit
from outlay.tasks.free_answer import FreeAnswer

ASK = "count from 1 to 9999, with a space between numbers."
"""Said after the words of a probe, so that the model writes until it is stopped."""


@dataclass(frozen=True, slots=True)
class ProbePlan:
    """What a probe asks.

    Attributes:
        prompts: lengths in words, which are a token or a few each; what the server counts is what counts.
        outputs: tokens to write at most.
        repeats: how often each pair of both is asked.
    """

    prompts: Sequence[int] = (16, 256, 1024)
    outputs: Sequence[int] = (1, 16, 64)
    repeats: int = 5

    def __post_init__(self) -> None:
        for name in ("prompts", "outputs"):
            given = getattr(self, name)
            if len(set(given)) < 2 or min(given) < 1:
                raise InvalidSettingError("probe", name, [*given], "two or more different whole numbers, 1 or above")
        if self.repeats < 1:
            raise InvalidSettingError("probe", "repeats", self.repeats, "1 or above")


@dataclass(frozen=True, slots=True)
class TimedCall:
    """One call of a probe: what was asked for, what the server counted, and how long it took."""

    words: int
    limit: int
    prompt_tokens: int
    output_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Timing:
    """A model's linear form, in seconds, and what it was fitted to.

    Attributes:
        model: its name.
        call: of a call as such.
        prompt: of a prompt token.
        output: of an output token.
        deviation: root mean square of what the form leaves unexplained.
        estimated: whether the server did not count its tokens, so that they are estimates.
        calls: all calls.
    """

    model: str
    call: Interval
    prompt: Interval
    output: Interval
    deviation: float
    estimated: bool = False
    calls: tuple[TimedCall, ...] = field(default=(), repr=False)

    def seconds(self, prompt_tokens: float, output_tokens: float, calls: float = 1) -> float:
        """How long calls with so many tokens in all take one after another, if nothing disturbs them."""
        return calls * self.call.estimate + prompt_tokens * self.prompt.estimate + output_tokens * self.output.estimate


async def probe(
    name: str,
    model: LanguageModel,
    plan: ProbePlan,
    rng: np.random.Generator,
    clock: Callable[[], float] = time.perf_counter,
    report: Callable[[int], None] = lambda _: None,
) -> Timing:
    """Time a model, one call after another; the first call is not counted.

    Every prompt begins with other words, so that no cache of the server's has it.

    Args:
        name: how the model is named.
        model: what is timed.
        plan: what it is asked.
        rng: of the prompts.
        clock: seconds, from any start.
        report: told how many calls have been made.

    Raises:
        ModelError: if the model fails, or if it does not write enough for its speed to be told.
    """
    await _timed(model, plan.prompts[0], plan.outputs[0], rng, clock)
    calls: list[TimedCall] = []
    estimated = False
    # Repeats are the outer loop: what disturbs one pair for a while leaves its other repeats alone.
    asked = [(words, limit) for _ in range(plan.repeats) for words in plan.prompts for limit in plan.outputs]
    for words, limit in asked:
        call, cost = await _timed(model, words, limit, rng, clock)
        calls.append(call)
        estimated = estimated or cost.estimated
        report(len(calls))
    return fitted(name, calls, estimated)


def fitted(name: str, calls: Sequence[TimedCall], estimated: bool = False) -> Timing:
    """The linear form through the fastest call of each pair of lengths.

    Raises:
        ModelError: if the calls do not differ enough in what was read or written.
    """
    fastest = _fastest(calls)
    design = np.array([[1.0, one.prompt_tokens, one.output_tokens] for one in fastest])
    try:
        found = nonnegative_fit(design, np.array([one.seconds for one in fastest]))
    except ValueError as error:
        written = sorted({one.output_tokens for one in fastest})
        raise ModelError(
            f"{name} cannot be timed: it wrote {written} tokens where it was asked for more: {error}"
        ) from error
    call, prompt, output = found.coefficients
    return Timing(name, call, prompt, output, found.deviation, estimated, tuple(calls))


def write_timing(timing: Timing, path: Path) -> None:
    """Keep a timing as JSON.

    Raises:
        StoreError: if it cannot be written.
    """
    try:
        path.write_text(json.dumps(asdict(timing), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise StoreError(f"the timing cannot be written: {error}") from error


def read_timing(path: Path) -> Timing:
    """A timing that ``write_timing`` has written.

    Raises:
        InvalidInputError: if the file is none.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        forms = {name: Interval(*map(float, given[name])) for name in ("call", "prompt", "output")}
        calls = tuple(TimedCall(**one) for one in given["calls"])
        return Timing(**{**given, **forms, "calls": calls})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(
            f"{str(path)!r} is no timing, as  outlay models time MODEL --out FILE  writes one: {error}"
        ) from None


def _fastest(calls: Sequence[TimedCall]) -> list[TimedCall]:
    """Of each pair of lengths the fastest call, among those that wrote most."""
    found = []
    ordered = sorted(calls, key=lambda one: (one.words, one.limit))
    for _, group in groupby(ordered, key=lambda one: (one.words, one.limit)):
        alike = [*group]
        most = max(one.output_tokens for one in alike)
        found.append(min((one for one in alike if one.output_tokens == most), key=lambda one: one.seconds))
    return found


async def _timed(
    model: LanguageModel, words: int, limit: int, rng: np.random.Generator, clock: Callable[[], float]
) -> tuple[TimedCall, Cost]:
    text = " ".join(map(str, rng.integers(1000, size=words)))
    problem = Problem("probe", (Message("user", f"{text}\n{ASK}"),), FreeAnswer())
    charges: list[Cost] = []
    request = SampleRequest(Trajectory(problem), (int(rng.integers(2**31)),), limit)
    began = clock()
    samples: AsyncIterator[object] = model.sample(request, charges.append)
    async with aclosing(samples):  # type: ignore[type-var]
        async for _ in samples:
            pass
    seconds = clock() - began
    cost = sum(charges, NOTHING)
    read = cost.prompt_tokens + cost.cached_tokens
    return TimedCall(words, limit, read, cost.completion_tokens, seconds), cost
