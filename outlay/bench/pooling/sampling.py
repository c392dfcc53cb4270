"""Sampling as an experiment of the bench: each sample is on disk before it counts, and none is paid for twice."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from outlay.bench.cells import CellChoice
from outlay.bench.choices import StrategyChoice, read_part, read_task
from outlay.bench.experiment import Experiment
from outlay.bench.grid import Trial, expand
from outlay.bench.journal import JournaledModel
from outlay.bench.parts import Parts
from outlay.bench.pooling.independent_samples import IndependentSamples
from outlay.bench.pooling.rows import samples_of
from outlay.bench.sample_log import SampleLog
from outlay.bench.store import Store, open_store
from outlay.core.budget import Budget
from outlay.core.catalogue import Catalogue, Specification, parse
from outlay.core.cost import Cost
from outlay.core.errors import InvalidSettingError
from outlay.core.ledger import Ledger
from outlay.core.run import Run
from outlay.pools.manifest import Manifest
from outlay.pools.problem_samples import ProblemSamples
from outlay.tasks.exercise import ListedTask

HERE = "outlay.bench.pooling"
QUESTIONS = 100
"""Of a generated task, if nothing is said."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """What is to be sampled.

    Attributes:
        task: whose questions are asked.
        level: of the task; None for its first, or if it has none.
        model: who answers.
        draw: how many samples of each question, and how.
        questions: how many; None for all of a file, and 100 of a generated task.
        seed: of all draws.
        concurrency: questions at a time.

    Raises:
        InvalidSettingError: for a setting out of range.
    """

    task: str
    level: int | None
    model: str
    draw: IndependentSamples
    questions: int | None = None
    seed: int = 0
    concurrency: int = 4

    def __post_init__(self) -> None:
        for name, least in (("questions", 1), ("seed", 0), ("concurrency", 1)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise InvalidSettingError("sample", name, value, f"{least} or above")

    @property
    def manifest(self) -> Manifest:
        """What the pool is to say of itself."""
        source = f"{self.model} on {self.task}, by outlay pool sample"
        return Manifest(source, temperature=self.draw.temperature, top_p=self.draw.top_p, seed=self.seed)

    def experiment(self, parts: Parts) -> Experiment:
        """The experiment that draws the samples, to be run with ``sampling_parts``.

        Raises:
            InvalidInputError: if there is no such task, level or model, or the task has too few questions.
        """
        given = parse(self.task, parts.tasks.kind)
        task = parts.tasks.build(given)
        listed = isinstance(task, ListedTask)
        questions = self.questions or (len(task) if isinstance(task, ListedTask) else QUESTIONS)
        level = self.level if listed or self.level is not None else 1
        asked = {"name": given.name, **given.settings, **({} if level is None else {"level": level})}
        settings = {name: getattr(self.draw, name) for name in ("n", "temperature", "top_p", "batch")}
        strategy = StrategyChoice(Specification(self.draw.info.name, settings))
        answering = Specification("timed", {"of": read_part(self.model, parts.models)})
        return Experiment(
            name=f"pool of {given!s}",
            questions=questions,
            cells=tuple(
                CellChoice(one, answering, strategy, Budget(), self.seed)
                for one in read_task(asked, parts, Path(), questions)
            ),
            concurrency=self.concurrency,
            limits={},
            total=Budget(),
            traces=False,
            baseline=str(strategy),
            folder=Path(),
            source=json.dumps({"task": self.task, "level": level, "model": self.model, "seed": self.seed, **settings}),
        )


def sampling_parts(parts: Parts) -> Parts:
    """The parts of such an experiment: one strategy, and models that note how long their samples took."""
    return Parts(
        Catalogue(parts.models.kind, {"timed": f"{HERE}.timed:Timed"}, others=(parts.models,)),
        Catalogue(parts.strategies.kind, {"independent_samples": f"{HERE}.independent_samples:IndependentSamples"}),
        parts.verifiers,
        parts.tasks,
    )


async def collect(sampling: Sampling, parts: Parts, folder: Path, keep_logprobs: bool) -> AsyncIterator[ProblemSamples]:
    """What has been sampled into a folder, in the order of the questions; those that failed are left out.

    Args:
        sampling: what was sampled.
        parts: where its names are looked up.
        folder: its journal.
        keep_logprobs: whether the log-probability of each token is kept, besides their sum.

    Raises:
        StoreError: if the folder is in use or cannot be read.
    """
    trials = expand(sampling.experiment(parts), sampling_parts(parts))
    with open_store(folder) as store:
        for trial in _finished(trials, store):
            yield await _replayed(trial, store, sampling, keep_logprobs)


def _finished(trials: list[Trial], store: Store) -> Iterator[Trial]:
    done = {stored.key for stored in store.trials() if stored.record is not None}
    return (trial for trial in trials if trial.key in done)


async def _replayed(trial: Trial, store: Store, sampling: Sampling, keep_logprobs: bool) -> ProblemSamples:
    """A trial's samples, drawn once more from the journal, which has all of them."""
    model = JournaledModel(trial.model, SampleLog(store, trial.key), _free, lambda: 0.0)
    run = Run(model, Ledger(), trial.rng())
    drawn = {index: one async for index, one in sampling.draw.draw(trial.problem, run)}
    answers = [drawn[index] for index in range(sampling.draw.n)]
    spent = run.ledger.spent
    prompt = round((spent.prompt_tokens + spent.cached_tokens) / spent.calls) if spent.calls else None
    return samples_of(
        trial.problem, answers, trial.cell.task, str(parse(sampling.model, "model")), prompt, keep_logprobs
    )


def _free(_: Cost) -> None:
    """Nothing is paid for what is on disk."""
