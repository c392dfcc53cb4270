"""Results folders made by hand, without running anything."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from outlay.bench.grid import Cell, Trial
from outlay.bench.records import CandidateRecord, PointRecord, TrialRecord
from outlay.bench.store import Manifest, open_store
from outlay.core.cost import Cost


class Made(NamedTuple):
    """What one trial came to; None for a result that is yet to come, a text for why it failed."""

    correct: bool | None = True
    tokens: int = 100
    question: str = "q"
    candidates: tuple[bool, ...] = ()


def write_run(
    folder: Path,
    methods: Mapping[str, Mapping[int, Made | str | None]],
    *,
    seed: int = 0,
    name: str = "made",
    experiment: str = "questions = 3",
    levels: Iterable[int] = (1,),
    **cell: Any,
) -> Path:
    """A results folder with these trials: what came of each question, by strategy, the same at every level."""
    planned = [
        (Trial(f"{strategy}/{index}/{seed}/{level}", _cell(strategy, seed, level, cell), index, *[None] * 5), made)  # type: ignore[arg-type]
        for level in levels
        for strategy, questions in methods.items()
        for index, made in questions.items()
    ]
    with open_store(folder) as store:
        store.begin(manifest(name, experiment, next(iter(methods)), seed), [trial for trial, _ in planned])
        for trial, made in planned:
            if isinstance(made, str):
                store.fail(trial, made)
            elif made is not None:
                store.finish(trial, record(made))
    return folder


def manifest(name: str, experiment: str, baseline: str, seed: int) -> Manifest:
    """A session that began some time ago."""
    return Manifest("2026-01-01T00:00:00+00:00", name, experiment, baseline, (seed,), "0", "3", "2", "here", {})


def record(made: Made) -> TrialRecord:
    """The record of a trial whose cost and curve are as plain as can be."""
    cost = Cost(completion_tokens=made.tokens, samples=1, calls=1, flops=2.0 * made.tokens, seconds=0.01 * made.tokens)
    return TrialRecord(
        made.question, "v", made.correct, None, "strategy", "text", cost, (PointRecord("v", made.correct, cost),),
        tuple(_candidates(made.candidates)),
    )  # fmt: skip


def _candidates(right: Iterable[bool]) -> Iterable[CandidateRecord]:
    return (CandidateRecord("v" if one else "w", None, one, 10, "a text", True, int(not one)) for one in right)


def _cell(strategy: str, seed: int, level: int, cell: Mapping[str, Any]) -> Cell:
    given: dict[str, Any] = {"task": "sums", "model": "dice", "verifier": "", "budget": "unlimited"} | cell
    return Cell(strategy=strategy, seed=seed, level=level, **given)
