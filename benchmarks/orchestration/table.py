"""The results as Markdown: one table of all figures, and what became of the aims."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from statistics import median

import numpy as np

from benchmarks.measuring import machine
from benchmarks.orchestration.measurement import Answered, Result, Settings
from benchmarks.orchestration.methods import CONTENDERS, OUTLAY, Entry
from benchmarks.orchestration.text import STEP_TOKENS, STEPS
from outlay.statistics.intervals import mean_interval

HEADINGS = (
    "method", "n", "contender", "wall, s", "critical path, s", "wall / critical path", "best peer / Outlay",
    "CPU a sample, ms", "peak memory, MB", "samples", "requests",
)  # fmt: skip


ABOUT = """# Strategies on a remote model

Written by `make benchmarks-orchestration`; what is measured is said in
[benchmarks](../../benchmarks/README.md#strategies-on-a-remote-model).

The server writes {steps} steps of {step_tokens} tokens. A token takes {token_seconds:g} s in the median, log-normal
with a standard deviation of {spread:g} in the logarithm; a share of {straggler_share:g} of the samples, whole answers
or steps, is {straggler_factor:g} times slower. It writes {concurrency} samples at a time and sends an event for each
token where a stream was asked for. The k-th sample that is asked for after the same number of steps of a question
takes the same time for all contenders. A batch of verdicts takes {verdict_seconds:g} s. The critical path is the least
time in which a contender's samples could have been had: the slowest sample after each number of steps, and a verdict
each.

Command: `{command}`

{machine}; {repeats} questions, answered by all contenders in turns. Wall time, critical path and CPU time are medians
over the questions. A quotient of times is the geometric mean of the questions' quotients; where it compares
contenders, its 95 % interval stands behind it.

Every contender asks for samples in its own way, so requests differ. CPU time is that of the contender's process while
it answers, divided by n; peak memory is the most that the process ever held. optillm has neither beam search nor a
particle filter; its best-of-N asks the model for a rating of each answer, where the others ask the stand-in for a
reward model. A beam search keeps 4 beams; the first step of its-hub's draws n / 4 samples, that of Outlay's n. In a
strategy that does not wait after each step, `particle_cascade`, the quotient with the critical path may be below 1."""


def report(results: Sequence[Result], settings: Settings, command: str) -> str:
    """The whole page."""
    missing = [contender.name for contender in CONTENDERS.values() if not contender.interpreter.exists()]
    filling = asdict(settings.latency) | {
        "steps": STEPS,
        "step_tokens": STEP_TOKENS,
        "concurrency": settings.concurrency,
        "verdict_seconds": settings.verdict_seconds,
        "command": command,
        "machine": machine(),
        "repeats": settings.repeats,
    }
    absent = [f"{name} was not installed and is left out." for name in missing]
    parts = [ABOUT.format(**filling), *absent, _table(results), "## Aims", _aims(results)]
    return "\n\n".join(parts) + "\n"


def _table(results: Iterable[Result]) -> str:
    rows: list[Sequence[str]] = [HEADINGS, ["---", "---:", "---", *["---:"] * (len(HEADINGS) - 3)]]
    for result in results:
        peer = _best_peer(result)
        rows += [_row(result, entry, peer) for entry in result.answered]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    )


def _row(result: Result, entry: Entry, peer: Entry | None) -> list[str]:
    answered = result.answered[entry]
    against = ""
    if peer is not None and entry.contender.name == OUTLAY:
        low, middle, high = _quotient(_walls(result.answered[peer]), _walls(answered))
        against = f"{middle:.2f} ({low:.2f} to {high:.2f})"
    return [
        result.method.name,
        str(result.n),
        entry.name,
        f"{median(_walls(answered)):.2f}",
        f"{median(_paths(answered)):.2f}",
        f"{_over_path(answered):.3f}",
        against,
        f"{_cpu(result, entry):.2f}",
        f"{_memory(answered):.1f}",
        f"{median(one.samples for one in answered):g}",
        f"{median(one.requests for one in answered):g}",
    ]


def _aims(results: Sequence[Result]) -> str:
    lines = []
    for result in results:
        peers = [entry for entry in result.answered if entry.contender.name != OUTLAY]
        for entry in result.answered:
            if entry.contender.name != OUTLAY:
                continue
            where = f"{entry.strategy.partition('(')[0]}, n = {result.n}"
            if not result.method.waits:
                over = _over_path(result.answered[entry])
                lines.append(_aim(where, f"{over:.3f} x critical path", "at most 1.05", over <= 1.05))
            if peers and result.method.name == "particle filter" and result.n == 32:
                times = _quotient(_walls(result.answered[_fastest(result, peers)]), _walls(result.answered[entry]))[1]
                lines.append(_aim(where, f"{times:.2f} x faster than the best peer", "at least 2", times >= 2))
            if peers:
                cpu, least = _cpu(result, entry), min(_cpu(result, peer) for peer in peers)
                said = f"{cpu:.2f} ms of CPU a sample"
                lines.append(_aim(where, said, f"below the best peer's {least:.2f}", cpu < least))
                memory = _memory(result.answered[entry])
                least = min(_memory(result.answered[peer]) for peer in peers)
                lines.append(_aim(where, f"{memory:.1f} MB", f"below the best peer's {least:.1f}", memory < least))
    lag = max(one.lag for result in results for answered in result.answered.values() for one in answered)
    lines.append(f"- The server itself was at most {1000 * lag:.0f} ms late with a sample.")
    return "\n".join(lines)


def _aim(where: str, figure: str, aim: str, met: bool) -> str:
    return f"- {'met' if met else '**missed**'}: {where}: {figure}; aim {aim}."


def _best_peer(result: Result) -> Entry | None:
    peers = [entry for entry in result.answered if entry.contender.name != OUTLAY]
    return _fastest(result, peers) if peers else None


def _fastest(result: Result, entries: Sequence[Entry]) -> Entry:
    return min(entries, key=lambda entry: median(_walls(result.answered[entry])))


def _walls(answered: Iterable[Answered]) -> list[float]:
    return [one.taken.wall_seconds for one in answered]


def _paths(answered: Iterable[Answered]) -> list[float]:
    return [one.critical_path for one in answered]


def _over_path(answered: Sequence[Answered]) -> float:
    return _quotient(_walls(answered), _paths(answered))[1]


def _cpu(result: Result, entry: Entry) -> float:
    return median(1000 * one.taken.cpu_seconds / result.n for one in result.answered[entry])


def _memory(answered: Iterable[Answered]) -> float:
    return max(one.taken.peak_memory_mb for one in answered)


def _quotient(numerators: Sequence[float], denominators: Sequence[float]) -> tuple[float, float, float]:
    """Geometric mean of the quotients, between the ends of its 95 % interval."""
    logs = np.log(np.array(numerators) / np.array(denominators))
    if len(logs) < 2:
        middle = math.exp(logs.mean())
        return middle, middle, middle
    interval = mean_interval(logs)
    return math.exp(interval.low), math.exp(float(logs.mean())), math.exp(interval.high)
