"""A results folder of the bench as a pool: the independent samples that its strategies drew.

Only strategies that draw a stated number of whole samples, whatever these say, leave samples that are as good as drawn
for a pool. A strategy that stops when it has seen enough does not: what it saw decided how many there are. For the same
reason a question is left out where the budget ended before all n were there.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from outlay.bench.parts import Parts
from outlay.bench.records import CandidateRecord
from outlay.bench.sample_log import RecordedSample, SampleLog
from outlay.bench.store import Store, StoredTrial, read_store
from outlay.core.catalogue import parse
from outlay.core.errors import InvalidInputError, UnknownNameError
from outlay.pools.manifest import Manifest
from outlay.pools.problem_samples import IntArray, ProblemSamples
from outlay.pools.writer import PoolWriter

FIXED = (
    "best_of_majority", "best_of_n", "marker_selection", "perplexity_consistency", "repeated_sampling",
    "self_consistency", "semantic_vote", "shortest", "weighted_vote",
)  # fmt: skip
"""Strategies that draw n whole samples at once and then choose."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A strategy of a run whose samples can be taken.

    Attributes:
        name: as the run's tables show it.
        n: samples of each question.
        temperature: of sampling.
        scored: whether its candidates have its verifier's own scores.
    """

    name: str
    n: int
    temperature: float | None
    scored: bool


@dataclass(slots=True)
class Taken:
    """What was taken from a run.

    Attributes:
        strategy: whose samples they are.
        problems: how many.
        samples: how many.
        unfinished: questions, once for each seed, that were left out: they failed or their budget ended too early.
        others: strategies that could have been taken.
    """

    strategy: str
    problems: int = 0
    samples: int = 0
    unfinished: int = 0
    others: list[str] = field(default_factory=list)


def pool_from_run(folder: Path, out: Path, parts: Parts, strategy: str | None = None) -> Taken:
    """Write a pool of one strategy's samples; those of several seeds of a question come together.

    Args:
        folder: the results of a run.
        out: where the pool is to be.
        parts: where the run's strategies are looked up.
        strategy: whose samples; the one with most of them if None. Strategies of one run share their draws.

    Raises:
        InvalidInputError: if the folder has no results, or none that can be taken.
        StoreError: if a file cannot be read or written.
    """
    with read_store(folder) as store:
        manifests, trials = store.manifests(), list(store.trials())
        if not manifests:
            raise InvalidInputError(f"{str(folder)!r} holds no results yet")
        chosen, others = _chosen(trials, parts, strategy)
        taken = Taken(chosen.name, others=others)
        mine = [trial for trial in trials if _label(trial) == chosen.name]
        verifiers = (mine[0].cell.verifier,) if chosen.scored else ()
        manifest = Manifest(f"{folder}: {chosen.name}", temperature=chosen.temperature)
        with PoolWriter(out, manifest, verifiers) as writer:
            for question in _questions(mine):
                whole = [one for one in question if len(_whole(one)) == chosen.n]
                taken.unfinished += len(question) - len(whole)
                if whole:
                    samples = _samples(whole, store, chosen.scored)
                    writer.write(samples)
                    taken.problems += 1
                    taken.samples += len(samples)
            if not taken.samples:
                raise InvalidInputError(f"{chosen.name}: no question has all its {chosen.n} samples")
    return taken


def _chosen(trials: Sequence[StoredTrial], parts: Parts, wanted: str | None) -> tuple[Drawn, list[str]]:
    """The strategy whose samples are taken, and the names of the others that could be."""
    found: dict[str, Drawn] = {}
    for trial in trials:
        label = _label(trial)
        given = parse(trial.cell.strategy, parts.strategies.kind)
        if label in found or given.name not in FIXED or given.name not in parts.strategies:
            continue
        built = parts.strategies.build(given)
        n = getattr(built, "n", None)
        if n is not None and getattr(built, "accept", None) is None:
            scored = bool(trial.cell.verifier) and getattr(built, "aggregate", None) is None
            found[label] = Drawn(label, n, getattr(built, "temperature", None), scored)
    if wanted is not None and wanted not in found:
        raise UnknownNameError("strategy whose samples can be taken", wanted, found)
    if not found:
        raise InvalidInputError(
            "no strategy of this run draws a stated number of independent samples; those that do, with n, are "
            + ", ".join(FIXED)
        )
    best = found[wanted] if wanted is not None else max(found.values(), key=lambda one: one.n)
    return best, [name for name in found if name != best.name]


def _label(trial: StoredTrial) -> str:
    """A strategy with its verifier and budget, as tables show them."""
    cell = trial.cell
    verifier = f" with {cell.verifier}" if cell.verifier else ""
    return f"{cell.strategy}{verifier}" + (f" ({cell.budget})" if cell.budget not in {"", "unlimited"} else "")


def _questions(trials: Sequence[StoredTrial]) -> Iterator[list[StoredTrial]]:
    """The trials of each question: one a seed."""
    found: dict[tuple[str, int, str, int], list[StoredTrial]] = {}
    for trial in trials:
        found.setdefault((trial.cell.task, trial.cell.level, trial.cell.model, trial.index), []).append(trial)
    yield from found.values()


def _whole(trial: StoredTrial) -> list[CandidateRecord]:
    return [] if trial.record is None else [one for one in trial.record.candidates if one.whole]


@dataclass(frozen=True, slots=True)
class _One:
    """A sample: what the strategy knew of it, and what the journal does; ``seed`` tells which trial it is of."""

    seed: int
    candidate: CandidateRecord
    recorded: RecordedSample


def _samples(trials: Sequence[StoredTrial], store: Store, scored: bool) -> ProblemSamples:
    cell, record = trials[0].cell, trials[0].record
    found = [one for trial in trials for one in _ordered(trial, store)]
    values = [one.candidate.value for one in found]
    costs = [one.recorded.cost for one in found]
    marks = [one.candidate.correct for one in found]
    told = [one.recorded.logprobs for one in found]
    scores = [math.nan if one.candidate.score is None else one.candidate.score for one in found]
    name = parse(cell.task, "task").name
    prompt = _prompt(found)
    return ProblemSamples(
        problem=f"{name}/{cell.level}/{trials[0].index}" if cell.level else f"{name}/{trials[0].index}",
        sample=np.arange(len(found)),
        task=cell.task,
        level=cell.level,
        model=cell.model,
        question=record.question if record else None,
        text=[one.candidate.text for one in found],
        value=values,
        vote=_votes(found),
        correct=np.array([math.nan if mark is None else mark for mark in marks], np.float64),
        finish=[str(one.recorded.finish) for one in found],
        prompt_tokens=None if prompt is None else np.full(len(found), float(prompt)),
        completion_tokens=np.array([one.candidate.tokens for one in found], np.float64),
        dollars=np.array([cost.dollars for cost in costs]),
        flops=np.array([cost.flops for cost in costs]),
        logprob=np.array([math.nan if one is None else sum(one) for one in told]),
        scores={cell.verifier: np.array(scores)} if scored else {},
    )


def _ordered(trial: StoredTrial, store: Store) -> list[_One]:
    """A trial's samples in the order of their names in the journal.

    A run keeps candidates in the order in which they finished, short ones first: the first k of them would not be like
    any k. Names are digests of the seeds, so that their order is as good as drawn at random.
    """
    waiting: dict[str, list[CandidateRecord]] = {}
    for candidate in _whole(trial):
        waiting.setdefault(candidate.text, []).append(candidate)
    recorded = (one for _, one in SampleLog(store, trial.key).everything())
    return [_One(trial.cell.seed, waiting[one.text].pop(), one) for one in recorded if waiting.get(one.text)]


def _votes(found: Sequence[_One]) -> IntArray:
    """Votes by the run's own: answers of one trial agree where it said so, those of two where they read the same."""
    first: dict[object, int] = {}
    votes = []
    for index, one in enumerate(found):
        if one.candidate.vote is None:
            votes.append(-1)
            continue
        known = first.get((one.seed, one.candidate.vote), first.get(one.candidate.value, index))
        first.setdefault((one.seed, one.candidate.vote), known)
        first.setdefault(one.candidate.value, known)
        votes.append(known)
    return np.array(votes, np.int64)


def _prompt(found: Sequence[_One]) -> int | None:
    """The length of the prompt: what the calls that begin with these samples were charged for it."""
    for one in found:
        charged = one.recorded.charged
        if charged.calls:
            return round((charged.prompt_tokens + charged.cached_tokens) / charged.calls)
    return None
