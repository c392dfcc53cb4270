"""Runs one trial: the problem is solved with a journaled model, and what came of it is kept."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from outlay.bench.grid import Trial
from outlay.bench.journal import JournaledModel
from outlay.bench.limits import Limits
from outlay.bench.records import CandidateRecord, PointRecord, TrialRecord
from outlay.bench.sample_log import SampleLog
from outlay.bench.store import Store
from outlay.bench.trace import Recorder
from outlay.bench.trace_store import pack
from outlay.bench.verifier_journal import VerifierJournal
from outlay.core.answer import Candidate
from outlay.core.cost import Cost
from outlay.core.events import ignore
from outlay.core.ledger import Ledger
from outlay.core.model import Capability, LanguageModel, Meter
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.solve import Outcome, solve
from outlay.core.strategy import Strategy


@dataclass(frozen=True, slots=True)
class Shared:
    """What all trials of a process share.

    Attributes:
        store: where results, and every sample on the way, are kept.
        paid: told what is really paid, beyond what the journal already holds.
        total: pays for all trials together.
        limits: how many calls may be under way.
        traced: whether the trace of what happened is kept with each result.
    """

    store: Store
    paid: Meter
    total: Ledger
    limits: Limits
    traced: bool = False


@dataclass(slots=True)
class _Clock:
    """A clock that can be put forward, by what a trial had used up before its process was killed."""

    now: Callable[[], float] = time.monotonic
    ahead: float = 0.0

    def __call__(self) -> float:
        return self.now() + self.ahead


async def attempt(trial: Trial, shared: Shared) -> TrialRecord | str | None:
    """Run a trial to its end and keep its result; a failure is kept with its cause, which is returned.

    None if all trials together cannot pay for it: then nothing of it is kept but its journal, from which it goes on.
    """
    log = SampleLog(shared.store, trial.key)
    clock = _Clock()
    ledger = Ledger(trial.budget, shared.total, clock)
    clock.ahead = log.elapsed

    def replay(meter: Meter, cost: Cost) -> None:
        before = ledger.spent
        meter(cost)
        shared.total.refund(ledger.spent.less(before))

    def journaled(model: LanguageModel, whose: str = "") -> JournaledModel:
        return JournaledModel(shared.limits.of(model), log, shared.paid, lambda: ledger.spent.seconds, replay, whose)

    journal = VerifierJournal(log, journaled, shared.paid, replay)
    recorder = Recorder(trial.problem) if shared.traced else None
    run = Run(journaled(trial.model), ledger, trial.rng(), trial.verifier, recorder or ignore, journal=journal)
    outcome: Outcome | str
    try:
        outcome = await solve(trial.problem, trial.strategy, run)
    except Exception as error:  # noqa: BLE001 (whatever went wrong, the other trials go on and this one says why)
        outcome = f"{type(error).__name__}: {error}"
    if ledger.starved:
        return None
    if isinstance(outcome, str):
        shared.store.fail(trial, outcome)
        return outcome
    record = record_of(trial.problem, trial.strategy, outcome)
    about = {**trial.cell.as_dict(), "question": trial.index}
    shared.store.finish(trial, record, pack(recorder.finish(outcome, about)) if recorder else None)
    return record


def record_of(problem: Problem, strategy: Strategy, outcome: Outcome) -> TrialRecord:
    """What is kept of a question that a strategy has answered."""
    answer = outcome.answer
    # An answer out of a conversation is restated for the bare question, and does not show where it comes from.
    alone = Capability.DIALOGUE not in strategy.info.capabilities
    return TrialRecord(
        question=problem.messages[-1].content,
        value=outcome.value,
        correct=outcome.correct,
        confidence=answer.confidence if answer else None,
        stopped_by=outcome.stopped_by,
        text=answer.trajectory.text if answer else "",
        cost=outcome.cost,
        curve=tuple(PointRecord(point.value, point.correct, point.cost) for point in outcome.curve),
        candidates=tuple(_candidates(problem, answer.candidates, alone)) if answer else (),
    )


def _candidates(problem: Problem, candidates: Sequence[Candidate], alone: bool) -> Iterator[CandidateRecord]:
    first: dict[str, int] = {}
    for position, one in enumerate(candidates):
        vote = None if one.value is None else _vote(problem, one.value, position, first)
        correct = None if problem.reference is None else problem.reference.is_correct(one.value)
        whole = alone and one.trajectory.depth == 1 and one.trajectory.problem.messages == problem.messages
        tokens = one.trajectory.completion_tokens
        yield CandidateRecord(one.value, one.score, correct, tokens, one.trajectory.text, whole, vote)


def _vote(problem: Problem, value: str, position: int, first: dict[str, int]) -> int:
    """Where this answer was seen first; ``first`` holds one value for each different answer."""
    for known, where in first.items():
        if value == known or problem.answer_rule.equal(value, known):
            return where
    first[value] = position
    return position
