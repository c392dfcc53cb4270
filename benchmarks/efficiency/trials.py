"""Runs every contender on every problem and seed of a cell, and keeps what came of it, so that a kill loses little."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import anyio
import numpy as np

from benchmarks.efficiency.contenders import CONTENDERS, Cell, Contender
from benchmarks.efficiency.memo import SharedModel, SharedVerifier
from outlay.core.ledger import Ledger
from outlay.core.model import LanguageModel
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.solve import solve
from outlay.models import MODELS
from outlay.strategies import STRATEGIES
from outlay.tasks import TASKS
from outlay.tasks.exercise import problems
from outlay.verifiers import VERIFIERS

AT_ONCE = 80
"""Problems under way; their samples are decoded as one batch."""
FIRST_SEED = 5_000
"""Of the test problems."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of one strategy on one problem with one seed.

    Attributes:
        contender: its name.
        strategy: as it could be typed.
        problem: number of the problem.
        seed: of the run.
        correct: whether the answer was right.
        tokens: all that were paid.
        verifier_tokens: those of them that the verifier read.
        samples: answers begun.
        calls: to model and verifier together.
    """

    contender: str
    strategy: str
    problem: int
    seed: int
    correct: bool
    tokens: int
    verifier_tokens: int
    samples: int
    calls: int


def read_trials(path: Path) -> list[Trial]:
    """What a file holds; a line that a kill cut off is left out."""
    found = []
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            found.append(Trial(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return found


def whole(trials: Sequence[Trial]) -> list[Trial]:
    """Those of questions that every strategy has met, of seeds that have met as many questions as the first."""
    met = Counter((one.problem, one.seed) for one in trials)
    most = max(met.values(), default=0)
    problems_of: defaultdict[int, set[int]] = defaultdict(set)
    for (problem, seed), count in met.items():
        if count == most:
            problems_of[seed].add(problem)
    first = problems_of[min(problems_of)] if problems_of else set()
    seeds = {seed for seed, found in problems_of.items() if found >= first}
    return [one for one in trials if one.seed in seeds and one.problem in first]


async def run_trials(cell: Cell, path: Path, numbers: Sequence[int], seeds: Iterable[int]) -> None:
    """All trials of a cell on these problems that the file does not hold yet."""
    drawn = problems(TASKS.build(cell.task), cell.level, [FIRST_SEED + number for number in numbers])
    asked = dict(zip(numbers, drawn, strict=True))
    models = {False: MODELS.build("pocket"), True: MODELS.build("pocket_dialogue")}
    path.parent.mkdir(parents=True, exist_ok=True)
    done = {(one.strategy, one.contender, one.problem, one.seed) for one in read_trials(path)}
    started, finished = time.monotonic(), 0
    places = anyio.Semaphore(AT_ONCE)

    async def one(number: int, seed: int) -> None:
        nonlocal finished
        async with places:
            async for trial in _on_problem(cell, asked[number], number, seed, models, done):
                with path.open("a") as file:
                    file.write(json.dumps(asdict(trial)) + "\n")
        finished += 1
        if finished % 50 == 0:
            print(f"{cell}: {finished} questions in {time.monotonic() - started:.0f} s", flush=True)

    for seed in seeds:
        async with anyio.create_task_group() as group:
            for number in numbers:
                group.start_soon(one, number, seed)


async def _on_problem(
    cell: Cell, problem: Problem, number: int, seed: int, models: dict[bool, LanguageModel], done: set[object]
) -> AsyncIterator[Trial]:
    shared = {dialogue: SharedModel(model) for dialogue, model in models.items()}
    verifier = SharedVerifier(VERIFIERS.build(cell.verifier))
    for contender, strategy in _all():
        if (strategy, contender.name, number, seed) in done:
            continue
        model = shared[contender.dialogue] if contender.shared else models[contender.dialogue]
        ledger = Ledger()
        rng = np.random.default_rng([seed, number])
        outcome = await solve(problem, STRATEGIES.build(strategy), Run(model, ledger, rng, verifier))
        cost = outcome.cost
        yield Trial(
            contender.name, strategy, number, seed, bool(outcome.correct), cost.tokens, cost.verifier_tokens,
            cost.samples, cost.calls,
        )  # fmt: skip


def _all() -> Iterator[tuple[Contender, str]]:
    for contender in CONTENDERS:
        for strategy in contender.sizes:
            yield contender, strategy
