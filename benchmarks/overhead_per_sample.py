"""CPU time that the library itself takes for one sample, with 64 questions at a time.

The model is a few lines in this file: it answers at once, after giving way to the other tasks, and draws nothing, so
that nearly all that is measured is the library: seeds, the worst case, the reservation, the stream of samples, settling
the cost, extending the trajectory; with a strategy also reading the answer, judging or voting, and the curve. The
event loop's own time is in it. Every question has a ledger with limits inside a common one.

"One call" asks for all samples of a question in one request; "a call each" asks for them one by one, so that a whole
call is paid for each. CPU time of the process is counted, all threads included.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

import anyio
import numpy as np
from anyio.lowlevel import checkpoint
from measuring import Row, asked_quick, show, side_by_side

from outlay import Budget, Ledger, Problem, Run, Step, Trajectory, solve
from outlay.core.cost import Cost
from outlay.core.model import Capability, Meter, ModelInfo, Sample, SampleRequest, Scored
from outlay.core.strategy import Strategy
from outlay.core.trajectory import Finish
from outlay.strategies.parallel.best_of_n import BestOfN
from outlay.strategies.parallel.self_consistency import SelfConsistency
from outlay.tasks.chain import Chain
from outlay.tasks.exercise import exercise
from outlay.verifiers.exact import Exact

CONCURRENT = 64
INFO = ModelInfo("instant", capabilities=frozenset({Capability.SEED, Capability.SEVERAL}))
PROMPT, COMPLETION = INFO.cost(prompt=40, calls=1), INFO.cost(completion=12, samples=1)

Question = Callable[[Run, Problem, int], Awaitable[None]]
"""Spends on one problem until that many samples are drawn."""


class Instant:
    """A model whose every sample is the same short answer."""

    info = INFO

    def bound(self, request: SampleRequest) -> Cost:
        """The most that a request can cost."""
        count = len(request.seeds)
        return INFO.cost(prompt=40, calls=1, completion=count * request.max_tokens, samples=count)

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        """The samples in order, each after the other tasks had their turn."""
        meter(PROMPT)
        for index in range(len(request.seeds)):
            await checkpoint()
            meter(COMPLETION)
            yield Sample(index, Step("answer:37,95", request.trajectory.last, cost=COMPLETION), Finish.END)

    async def score(self, trajectory: Trajectory, texts: Sequence[str], meter: Meter) -> list[Scored]:
        """Not asked for here."""
        raise NotImplementedError


async def one_call(run: Run, problem: Problem, samples: int) -> None:
    """All samples in one request."""
    async for _ in run.sample(Trajectory(problem), samples):
        pass


async def a_call_each(run: Run, problem: Problem, samples: int) -> None:
    """One request after the other."""
    for _ in range(samples):
        async for _ in run.sample(Trajectory(problem)):
            pass


async def solved(make_strategy: Callable[[int], Strategy], run: Run, problem: Problem, samples: int) -> None:
    """A strategy that draws so many answers."""
    await solve(problem, make_strategy(samples), run)


def milliseconds_per_sample(question: Question, samples: int, rounds: int) -> float:
    """CPU milliseconds a sample, over rounds of concurrent questions."""
    problems = [exercise(Chain(), level=1, seed=seed).problem for seed in range(CONCURRENT)]

    async def measured() -> float:
        common = Ledger(Budget(tokens=10**9, dollars=10.0))
        start = time.process_time()
        for _ in range(rounds):
            async with anyio.create_task_group() as group:
                for problem, rng in zip(problems, np.random.default_rng(0).spawn(CONCURRENT), strict=True):
                    run = Run(Instant(), common.child(Budget(tokens=10**6, samples=samples)), rng, Exact())
                    group.start_soon(question, run, problem, samples)
        return 1000 * (time.process_time() - start) / (rounds * CONCURRENT * samples)

    return anyio.run(measured)


def main() -> None:
    quick = asked_quick(__doc__)
    samples, rounds = 16, 1 if quick else 10
    named: dict[str, Question] = {
        f"Run.sample, one call for {samples}": one_call,
        "Run.sample, a call each": a_call_each,
        f"self_consistency(n={samples}), one call": partial(solved, SelfConsistency),
        f"best_of_n(n={samples}) with exact, one call": partial(solved, BestOfN),
    }
    figures = side_by_side(
        [partial(milliseconds_per_sample, question, samples, rounds) for question in named.values()],
        repeats=3 if quick else 9,
    )
    show(
        f"CPU time a sample, {CONCURRENT} questions at a time",
        [Row(f"{name}, ms", spent, "below 0.2") for name, spent in zip(named, figures, strict=True)],
    )


if __name__ == "__main__":
    main()
