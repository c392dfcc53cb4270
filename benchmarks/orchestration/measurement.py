"""Measuring: every contender answers the same questions in turns."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from benchmarks.orchestration.calls import Call, critical_path, lag
from benchmarks.orchestration.contenders.serving import Options
from benchmarks.orchestration.latency import Latency
from benchmarks.orchestration.methods import Entry, Method
from benchmarks.orchestration.processes import Server, Taken, serving, solving


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for all contenders.

    Attributes:
        latency: of the server.
        concurrency: samples that the server writes at a time.
        verdict_seconds: how long the stand-in for a reward model takes for a batch.
        repeats: questions that each contender answers.
    """

    latency: Latency = field(default_factory=Latency)
    concurrency: int = 64
    verdict_seconds: float = 0.02
    repeats: int = 5


@dataclass(frozen=True, slots=True)
class Answered:
    """One question answered by one contender."""

    taken: Taken
    critical_path: float
    samples: int
    requests: int
    lag: float


@dataclass(frozen=True, slots=True)
class Result:
    """One method with so many samples: what each question took each contender.

    Attributes:
        method: what was done.
        n: samples, particles, or beams times their continuations.
        answered: for each entry its questions, in the same order for all.
    """

    method: Method
    n: int
    answered: dict[Entry, list[Answered]]


def measure(methods: Sequence[Method], numbers: Sequence[int], settings: Settings) -> Iterator[Result]:
    """The results, one after the other; contenders that are not installed are left out."""
    with serving(settings.latency, settings.concurrency) as server:
        for method in methods:
            for n in numbers:
                print(f"{method.name}, n = {n} ...", file=sys.stderr, flush=True)
                yield _result(server, method, n, settings)


def _result(server: Server, method: Method, n: int, settings: Settings) -> Result:
    entries = [entry for entry in method.entries if entry.contender.interpreter.exists()]
    answered: dict[Entry, list[Answered]] = {entry: [] for entry in entries}
    with ExitStack() as stack:
        solvers = {
            entry: stack.enter_context(solving(entry.contender, _options(entry, n, server, settings)))
            for entry in entries
        }
        for solver in solvers.values():
            solver.solve("warm-up")
        for repeat in range(settings.repeats):
            # Whoever comes first changes from question to question.
            for entry in entries[repeat % len(entries) :] + entries[: repeat % len(entries)]:
                server.begin()
                taken = solvers[entry].solve(f"question {repeat}")
                answered[entry].append(_answered(taken, server.calls(), method, settings))
    return Result(method, n, answered)


def _options(entry: Entry, n: int, server: Server, settings: Settings) -> Options:
    return Options(entry.named(n), n, f"{server.url}/v1", settings.concurrency, settings.verdict_seconds)


def _answered(taken: Taken, calls: Sequence[Call], method: Method, settings: Settings) -> Answered:
    verdict_seconds = settings.verdict_seconds if method.verdicts else 0.0
    return Answered(
        taken,
        critical_path(calls, settings.concurrency, verdict_seconds),
        len(calls),
        len({call.request for call in calls}),
        lag(calls),
    )
