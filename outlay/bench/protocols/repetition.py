"""Repeated calls under a perfect verifier: k in parallel, and k in turn with the verifier's word in between.

Parallel repetition gives bounds: the best of k runs is right if any is, which is what a perfect verifier would find;
the worst is right if all are; with k = 1 both are the average run. Sequential repetition with feedback is a
``revision`` that stops when its verifier accepts (Inference-Time Scaling for Complex Tasks: Where We Stand and What
Lies Ahead, section 3).
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from outlay.bench.figures import share
from outlay.bench.protocols.page import Contrast, Findings, compared
from outlay.bench.protocols.questions import (
    FinishedRun,
    Values,
    accuracies,
    compare,
    doubling,
    fewest,
    interval,
    means,
    pools,
)
from outlay.bench.records import CandidateRecord, TrialRecord
from outlay.bench.store import StoredTrial
from outlay.bench.summary import Method
from outlay.core.catalogue import parse
from outlay.core.errors import InvalidInputError
from outlay.statistics import pass_at_k, pass_power_k
from outlay.strategies.sequential.revision import Revision

HEAD = ("k", "best of k", "worst of k", "tokens", "k in turn", "tokens in turn")
NOTE = (
    "Best, worst: any or all of k independent samples right, without bias from {drawn} of each of {questions} "
    "questions by {parallel}; for k = 1 both are the average run. In turn: right by attempt k of {sequential}. "
    "Difference: in turn less best. Tokens: generated, mean of a question."
)
Samples = Mapping[Hashable, Sequence[CandidateRecord]]


def repetition(run: FinishedRun) -> Findings:
    """Bounds of parallel repetition for every exam, beside each sequential repetition that the run has.

    Raises:
        InvalidInputError: if no method of the run drew independent samples.
    """
    tables = []
    for exam, methods in run.exams().items():
        parallel, samples = _largest(run, methods)
        if parallel is None:
            continue
        in_turn: list[Method | None] = [method for method in methods if _attempts(method)]
        for turns in in_turn or [None]:
            note = NOTE.format(
                drawn=fewest(samples), questions=len(samples), parallel=parallel.name,
                sequential=turns.name if turns else "no method of this run",
            )  # fmt: skip
            lines = _lines(samples, run.methods[turns] if turns else [], _attempts(turns) if turns else 0)
            tables.append(compared(exam, HEAD, lines, note))
    if not tables:
        raise InvalidInputError(
            "repeat: no method drew the same number of independent samples for each question; add "
            '"repeated_sampling(n=8)" to the experiment, with a budget that pays for all of them'
        )
    return Findings("repeat", f"{run.manifest.name}: repetition under a perfect verifier", tables)


def _largest(run: FinishedRun, methods: Sequence[Method]) -> tuple[Method | None, Samples]:
    found = {method: pools(run.methods[method]) for method in methods}
    best = max(found, key=lambda method: fewest(found[method]))
    return (best, found[best]) if found[best] else (None, {})


def _attempts(method: Method) -> int:
    """How many attempts in turn a method makes at most; 0 if it is no sequential repetition."""
    given = parse(method.strategy, "strategy")
    if given.name != "revision" or given.settings.get("accept") is None:
        return 0
    return int(str(given.settings.get("rounds", Revision().rounds))) + 1


def _lines(samples: Samples, attempts: Sequence[StoredTrial], most: int) -> Iterator[Contrast]:
    right = {question: sum(bool(one.correct) for one in row) for question, row in samples.items()}
    length = float(np.mean([one.tokens for row in samples.values() for one in row]))
    known = bool(attempts) and bool(accuracies(attempts))
    for k in doubling(fewest(samples)):
        best: Values = {question: pass_at_k(len(row), right[question], k) for question, row in samples.items()}
        worst: Values = {question: pass_power_k(len(row), right[question], k) for question, row in samples.items()}
        turns = means(attempts, partial(_right_by, k)) if known and k <= most else {}
        spent = means(attempts, partial(_tokens_by, k))
        cells = [
            str(k), *(share(interval(values)) for values in (best, worst)),
            f"{k * length:,.0f}", share(interval(turns)) if turns else "",
            f"{np.mean([*spent.values()]):,.0f}" if turns else "",
        ]  # fmt: skip
        yield Contrast(cells, compare(turns, best))


def _right_by(k: int, record: TrialRecord) -> float:
    return float(any(one.correct for one in record.candidates[:k]))


def _tokens_by(k: int, record: TrialRecord) -> float:
    return float(sum(one.tokens for one in record.candidates[:k]))
