"""The table of questions in a report: what each method answered, and the traces that can be opened from it.

A table has the first questions of an exam and all on which its methods disagree. Traces are in the page for as many of
them as fit into a size limit, question by question; ``outlay trace`` shows any other.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from outlay.bench.records import TrialRecord
from outlay.bench.store import Store, StoredTrial
from outlay.bench.summary import Method, group
from outlay.bench.trace_page import Embedded, embed
from outlay.bench.trace_store import packed_trace, trace_sizes, unpack

FIRST_QUESTIONS = 50
"""Of each exam, whatever was answered."""
MOST_QUESTIONS = 300
"""Of each exam."""
MOST_BYTES = 4_000_000
"""Of all traces in a page together, as text."""


@dataclass(frozen=True, slots=True)
class Given:
    """What one trial answered.

    Attributes:
        record: what came of it.
        seed: which it was run with.
        trace: the id of its trace in the page; empty if it is not there.
    """

    record: TrialRecord
    seed: int
    trace: str = ""


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """One question.

    Attributes:
        number: of the question, from 0.
        question: what was asked.
        reference: a right answer, where a trace tells it.
        given: for each method, what it answered with each seed; empty where it has no result.
        differs: whether some trials are right and others wrong.
    """

    number: int
    question: str
    reference: str | None
    given: Sequence[Sequence[Given]]
    differs: bool


@dataclass(frozen=True, slots=True)
class ProblemTable:
    """The questions of one exam.

    Attributes:
        exam: what was asked, and of whom.
        methods: names of the columns.
        rows: the questions that are shown.
        questions: how many there are.
    """

    exam: str
    methods: Sequence[str]
    rows: Sequence[ProblemRow]
    questions: int


@dataclass(frozen=True, slots=True)
class Problems:
    """What ``problem_table.html.jinja`` needs, as ``problems``.

    Attributes:
        tables: one for each exam.
        traces: all that are in the page.
        kept: how many traces the run has kept.
    """

    tables: Sequence[ProblemTable]
    traces: Sequence[Embedded]
    kept: int


def problem_tables(store: Store, trials: Sequence[StoredTrial]) -> Problems:
    """The tables of a run's questions, with traces.

    Args:
        store: where the traces are.
        trials: all planned trials with what came of them.
    """
    exams: defaultdict[str, dict[Method, Sequence[StoredTrial]]] = defaultdict(dict)
    for method, tried in group(trials).items():
        exams[method.exam][method] = [one for one in tried if one.record is not None]
    chosen = {exam: _chosen(methods) for exam, methods in exams.items()}
    sizes = trace_sizes(store)
    traces = {key: f"trace-{i}" for i, key in enumerate(_that_fit(chosen, sizes))}
    embedded = []
    references: dict[str, str | None] = {}
    for key, name in traces.items():
        packed = packed_trace(store, key) or b""
        embedded.append(Embedded(name, embed(packed)))
        references[key] = unpack(packed)["reference"]
    tables = [
        ProblemTable(
            exam, _names([*methods]), [_row(*question, [*methods], traces, references) for question in chosen[exam]],
            len({one.index for tried in methods.values() for one in tried}),
        )
        for exam, methods in exams.items()
        if chosen[exam]
    ]  # fmt: skip
    return Problems(tables, embedded, len(sizes))


_Question = tuple[int, Mapping[Method, Sequence[StoredTrial]]]
"""A question's number, and the trials on it by method."""


def _chosen(methods: Mapping[Method, Sequence[StoredTrial]]) -> list[_Question]:
    """The questions that are shown, by number."""
    asked: defaultdict[int, defaultdict[Method, list[StoredTrial]]] = defaultdict(lambda: defaultdict(list))
    for method, tried in methods.items():
        for one in tried:
            asked[one.index][method].append(one)
    ordered: list[_Question] = [(number, asked[number]) for number in sorted(asked)]
    later = [question for question in ordered[FIRST_QUESTIONS:] if _differs(question)]
    return [*ordered[:FIRST_QUESTIONS], *later][:MOST_QUESTIONS]


def _differs(question: _Question) -> bool:
    return len({one.record.correct for one in _trials(question) if one.record}) > 1


def _trials(question: _Question) -> Iterator[StoredTrial]:
    return (one for tried in question[1].values() for one in tried)


def _that_fit(chosen: Mapping[str, Sequence[_Question]], sizes: Mapping[str, int]) -> list[str]:
    """The keys of the trials whose traces are in the page: the n-th questions of all exams before the next ones."""
    found: list[str] = []
    left = MOST_BYTES
    for rank in range(max(map(len, chosen.values()), default=0)):
        for questions in chosen.values():
            keys = [one.key for one in _trials(questions[rank]) if one.key in sizes] if rank < len(questions) else []
            left -= sum(4 * math.ceil(sizes[key] / 3) for key in keys)
            if left < 0:
                return found
            found += keys
    return found


def _row(
    number: int,
    tried: Mapping[Method, Sequence[StoredTrial]],
    methods: Sequence[Method],
    traces: Mapping[str, str],
    references: Mapping[str, str | None],
) -> ProblemRow:
    trials = [*_trials((number, tried))]
    given = [
        [Given(one.record, one.cell.seed, traces.get(one.key, "")) for one in tried.get(method, []) if one.record]
        for method in methods
    ]
    known = [references[one.key] for one in trials if references.get(one.key) is not None]
    question = trials[0].record.question if trials[0].record else ""
    return ProblemRow(number, question, known[0] if known else None, given, _differs((number, tried)))


def _names(methods: Sequence[Method]) -> list[str]:
    """The methods' names, with their budgets where these differ."""
    budgeted = len({method.budget for method in methods}) > 1
    return [f"{method.name}, {method.budget}" if budgeted else method.name for method in methods]
