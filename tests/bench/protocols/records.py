"""Runs made by hand, for protocols that read them."""

from collections.abc import Sequence

from outlay.bench.grid import Cell
from outlay.bench.protocols.questions import FinishedRun
from outlay.bench.records import CandidateRecord, PointRecord, TrialRecord
from outlay.bench.store import Manifest, StoredTrial
from outlay.bench.summary import group
from outlay.core.cost import Cost


def candidate(correct: bool, tokens: int = 10, score: float | None = None, vote: int | None = 0) -> CandidateRecord:
    """One sample of the bare question."""
    return CandidateRecord("right" if correct else "wrong", score, correct, tokens, "", True, vote)


def record(
    candidates: Sequence[CandidateRecord] = (),
    correct: bool | None = None,
    cost: Cost | None = None,
    curve: Sequence[tuple[int, bool]] = (),
    text: str = "",
) -> TrialRecord:
    """What a trial came to; it is right if its first candidate is."""
    right = correct if correct is not None or not candidates else candidates[0].correct
    points = tuple(PointRecord("v", good, Cost(completion_tokens=tokens)) for tokens, good in curve)
    spent = cost or Cost(completion_tokens=sum(one.tokens for one in candidates))
    return TrialRecord("q", "v", right, None, "strategy", text, spent, points, tuple(candidates))


def trial(index: int, made: TrialRecord, **cell: str | int) -> StoredTrial:
    """A trial of some cell."""
    values = {"task": "chain", "level": 1, "model": "pocket", "strategy": "repeated_sampling(n=4)", "verifier": "",
              "budget": "unlimited", "seed": 0, **cell}  # fmt: skip
    return StoredTrial(f"{values}{index}", Cell(**values), index, made, None)  # type: ignore[arg-type]


def finished(trials: Sequence[StoredTrial], baseline: str = "", experiment: str = "") -> FinishedRun:
    """A run of these trials."""
    manifest = Manifest("now", "by hand", experiment, baseline, (0,), "0", "3", "2", "here", {})
    return FinishedRun(manifest, group(trials))


def column(rows: Sequence[Sequence[str]], head: Sequence[str], name: str) -> list[str]:
    """One column's cells."""
    return [row[list(head).index(name)].strip() for row in rows]
