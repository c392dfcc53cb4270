"""Idealised runtimes of a run: what its calls would take if nothing disturbed them, and what that costs.

A server's own timings differ by how busy it is and by how it batches. The linear form of ``timing`` says what a call
takes alone, so that models and strategies compare as though each had the machine to itself; times the accelerators that
a model needs it is a cost (Cheaply Evaluating Inference Efficiency Metrics for Autoregressive Transformer APIs,
sections 2 and 4).
"""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from outlay.bench.ablation import SAMPLED
from outlay.bench.figures import share
from outlay.bench.protocols.page import Findings, ProtocolTable
from outlay.bench.protocols.pooled import prompt_length
from outlay.bench.protocols.questions import FinishedRun, Values, accuracies, interval, means
from outlay.bench.protocols.timing import Timing
from outlay.bench.records import TrialRecord
from outlay.bench.store import StoredTrial
from outlay.bench.summary import Method
from outlay.core.catalogue import parse
from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.statistics import mean_interval

HEAD = ("strategy", "n", "accuracy [95%]", "measured", "in turn [95%]", "at once [95%]")
NOTE = (
    "Seconds a question. Measured: as the run took, with all that went on beside it. In turn: all calls as they were "
    "made, one after another, a verifier's among them where it counts its calls. At once: all samples side by side, "
    "for strategies that draw whole answers. A call takes {call:.3g} s, {prompt:.3g} ms a prompt token and "
    "{output:.3g} ms a token written, from {calls} timed calls."
)
COST_NOTE = "Dollars: in turn, on {accelerators:g} accelerator(s) at ${price:g} an hour each."


def runtimes(run: FinishedRun, timings: Sequence[Timing], accelerators: float = 1.0, price: float = 0.0) -> Findings:
    """Idealised runtimes of every exam whose model was timed.

    Args:
        run: what was run.
        timings: of its models; a single one also stands for the only model of a run, whatever its name.
        accelerators: how many serve the model at a time.
        price: US dollars an accelerator-hour; without it no costs are shown.

    Raises:
        InvalidInputError: if a model of the run was not timed, or a setting is out of range.
    """
    for name, value, least in (("accelerators", accelerators, "above 0"), ("price", price, "0 or above")):
        if not (0 <= value < math.inf) or (name == "accelerators" and value == 0):
            raise InvalidSettingError("runtime", name, value, f"{least} and finite")
    chosen = _chosen(run, timings)
    tables = []
    for exam, methods in run.exams().items():
        timing = chosen[methods[0].model]
        note = NOTE.format(
            call=timing.call.estimate, prompt=1e3 * timing.prompt.estimate, output=1e3 * timing.output.estimate,
            calls=len(timing.calls),
        )  # fmt: skip
        rows = [[*_cells(method, run.methods[method], timing, accelerators, price)] for method in methods]
        head = [*HEAD, "dollars"] if price else HEAD
        told = f"{note} {COST_NOTE.format(accelerators=accelerators, price=price)}" if price else note
        tables.append(ProtocolTable(exam, head, rows, told))
    return Findings("runtime", f"{run.manifest.name}: idealised runtimes", tables)


def in_turn(timing: Timing, record: TrialRecord) -> float:
    """Seconds of a trial's calls one after another."""
    return timing.seconds(record.cost.prompt_tokens, record.cost.completion_tokens, record.cost.calls)


def at_once(timing: Timing, method: Method, record: TrialRecord) -> float | None:
    """Seconds of a trial whose samples are all drawn side by side; None if they are not whole answers."""
    if not record.candidates or not all(one.whole for one in record.candidates):
        return None
    return timing.seconds(prompt_length(method, record), max(one.tokens for one in record.candidates))


def _chosen(run: FinishedRun, timings: Sequence[Timing]) -> Mapping[str, Timing]:
    """The timing of each model of the run, by the name that the run has for it."""
    served = {method.model: _served(method.model) for method in run.methods}
    if len(timings) == 1 and len(set(served.values())) == 1:
        return dict.fromkeys(served, timings[0])
    known = {timing.model: timing for timing in timings}
    for name, inner in served.items():
        if name not in known and inner not in known:
            raise InvalidInputError(
                f"runtime: {inner} was not timed; run  outlay models time {inner!r} --out FILE  and give --timing FILE"
            )
    return {name: known.get(name) or known[inner] for name, inner in served.items()}


def _served(model: str) -> str:
    """The model that answers, whatever it is sampled at."""
    given = parse(model, "model")
    return _served(str(given.settings["of"])) if given.name == SAMPLED else model


def _cells(
    method: Method, trials: Sequence[StoredTrial], timing: Timing, accelerators: float, price: float
) -> Iterator[str]:
    right, turns = accuracies(trials), means(trials, lambda record: in_turn(timing, record))
    aside = means(trials, lambda record: at_once(timing, method, record))
    measured = means(trials, lambda record: record.cost.seconds)
    yield method.name
    yield str(len(turns))
    yield share(interval(right)) if right else "no reference"
    yield f"{np.mean([*measured.values()]):.3g}"
    yield _seconds(turns)
    yield _seconds(aside) if len(aside) == len(turns) else ""
    if price:
        yield f"{accelerators * price / 3600 * np.mean([*turns.values()]):.3g}"


def _seconds(values: Values) -> str:
    mean, low, high = mean_interval(np.array([*values.values()], np.float64))
    return f"{mean:.3g}" + (f" [{max(0.0, low):.3g}, {high:.3g}]" if math.isfinite(high) else "")
