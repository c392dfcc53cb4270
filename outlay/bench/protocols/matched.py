"""A small model with many samples against a large one with few, at equal FLOPs.

Pretraining takes 6 N D FLOPs for N weights and D tokens, inference 2 N a token. With R inference tokens for each token
of pretraining, what the large model's pretraining took beyond the small one's pays for 1 + (3 / R)(1 - N_small /
N_large) times the large model's inference FLOPs; where inference is all that counts, R is infinite and the factor 1
(Scaling LLM Test-Time Compute Optimally can be More Effective than Scaling Model Parameters, section 7).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outlay.bench.figures import share
from outlay.bench.protocols.page import Contrast, Findings, compared
from outlay.bench.protocols.pooled import Answering, Selection, Trials, answering
from outlay.bench.protocols.questions import FinishedRun, Values, compare, doubling, fewest, interval
from outlay.bench.store import StoredTrial
from outlay.bench.summary import Method
from outlay.core.catalogue import Catalogue
from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.core.model import LanguageModel

RATIOS = (math.inf, 22.0, 0.79, 0.16)
"""Inference tokens for each pretraining token: inference alone, and the paper's three."""
HEAD = ("chosen by", "large n", "large [95%]", "small n", "small [95%]")
NOTE = (
    "On {questions} questions. {small} has {small_weights:.3g} weights and takes {small_flops:.3g} FLOPs a sample, "
    "{large} {large_weights:.3g} and {large_flops:.3g}; a prompt is read once. R: inference tokens for each token of "
    "pretraining, of models pretrained on as many. 16 of 40: the FLOPs pay for 40 samples and 16 were drawn, which "
    "favours the large model; what would pay for still more is left out. Difference: small less large."
)


@dataclass(frozen=True, slots=True)
class Contender:
    """One of the two models.

    Attributes:
        name: as the run has it.
        parameters: weights.
        charged_per_token: FLOPs a token that the run was charged.
    """

    name: str
    parameters: float
    charged_per_token: float


def contender(name: str, parameters: float | None, models: Catalogue[LanguageModel]) -> Contender:
    """A model by its name; its weights are those of its card, unless they are given.

    Raises:
        InvalidInputError: if neither says how many weights it has.
    """
    if parameters is not None and not 0 < parameters < math.inf:
        raise InvalidSettingError("match", "parameters", parameters, "above 0 and finite")
    info = models.build(name).info
    weights = parameters or float(info.parameters)
    if not weights:
        raise InvalidInputError(
            f"match: {name} does not say how many weights it has; give --small-parameters or --large-parameters"
        )
    return Contender(name, weights, info.flops_per_token)


def budget_factor(ratio: float, small: float, large: float) -> float:
    """By how much the FLOPs that a small model may spend exceed the large one's inference FLOPs.

    Args:
        ratio: inference tokens for each pretraining token, above 0; infinite if inference alone counts.
        small: weights of the small model.
        large: weights of the large model.
    """
    return 1.0 + 3.0 / ratio * (1.0 - small / large)


def matched(runs: Sequence[FinishedRun], small: Contender, large: Contender) -> Findings:
    """The comparison for every task that both models answered.

    Raises:
        InvalidInputError: if the small one has not fewer weights or no samples, or they share no graded question.
    """
    if small.parameters > large.parameters:
        raise InvalidInputError(f"match: {small.name} has more weights than {large.name}; swap --small and --large")
    tables = []
    for task, first, second in _shared(runs, small.name, large.name):
        few = answering(first, 2 * small.parameters, small.charged_per_token)
        many = answering(second, 2 * large.parameters, large.charged_per_token)
        if few is None or many is None or not few.selections:
            continue
        note = NOTE.format(
            questions=len(few.single), small=small.name, small_weights=small.parameters, small_flops=few.flops(1),
            large=large.name, large_weights=large.parameters, large_flops=many.flops(1),
        )  # fmt: skip
        lines = _lines(few, many, small.parameters, large.parameters)
        tables.append(compared(task, HEAD, lines, note))
    if not tables:
        raise InvalidInputError(
            f"match: {small.name} and {large.name} share no graded question of which {small.name} drew independent "
            'samples; run both on the same tasks with "self_consistency(n=16)" or the like'
        )
    return Findings("match", f"{small.name} against {large.name} at equal FLOPs", tables)


def _shared(runs: Sequence[FinishedRun], small: str, large: str) -> Iterator[tuple[str, Trials, Trials]]:
    """For each task the trials of both models, on the questions that both answered."""
    trials: dict[str, dict[str, dict[Method, list[StoredTrial]]]] = {}
    for run in runs:
        for method, found in run.methods.items():
            if method.model in {small, large}:
                by_model = trials.setdefault(method.question, {small: {}, large: {}})
                by_model[method.model].setdefault(method, []).extend(found)
    for task, by_model in trials.items():
        asked = [{trial.index for found in by_model[name].values() for trial in found} for name in (small, large)]
        kept = asked[0] & asked[1]
        if kept:
            first, second = (
                {method: [one for one in found if one.index in kept] for method, found in by_model[name].items()}
                for name in (small, large)
            )
            yield task, first, second


def _lines(few: Answering, many: Answering, small: float, large: float) -> Iterator[Contrast]:
    shown: set[tuple[str, int]] = set()
    for ratio in RATIOS if small < large else RATIOS[:1]:
        flops = many.flops(1) * budget_factor(ratio, small, large)
        told = "Inference FLOPs alone" if math.isinf(ratio) else f"R = {ratio:g}"
        # Once all samples are in, more FLOPs change nothing, and the same comparison would be corrected for twice.
        fresh = [one for one in few.selections if (one.name, _samples(one, few, flops)) not in shown]
        if fresh:
            yield Contrast([f"{told}: {flops:.3g} FLOPs for the small model, one sample of the large one"])
        for selection in fresh:
            yield _line(selection, few, flops, 1, many.single)
            shown.add((selection.name, _samples(selection, few, flops)))
    for theirs in many.selections:
        mine = next((one for one in few.selections if one.name == theirs.name), None)
        if mine is not None:
            yield Contrast([f"Inference FLOPs alone: {theirs.name} for both"])
            yield from _alike(mine, theirs, few, many)


def _alike(mine: Selection, theirs: Selection, few: Answering, many: Answering) -> Iterator[Contrast]:
    """Both choose alike, at the FLOPs of 2, 4 and more of the large one's samples, until the small has no more."""
    for k in doubling(fewest(theirs.samples))[1:]:
        flops = many.flops(k, theirs.judging)
        yield _line(mine, few, flops, k, theirs.at(k))
        if few.affordable(flops, mine.judging) > fewest(mine.samples):
            return


def _samples(selection: Selection, few: Answering, flops: float) -> int:
    return min(few.affordable(flops, selection.judging), fewest(selection.samples))


def _line(selection: Selection, few: Answering, flops: float, drawn: int, large: Values) -> Contrast:
    k, paid = _samples(selection, few, flops), few.affordable(flops, selection.judging)
    cells = [selection.name, str(drawn), share(interval(large))]
    if k == 0:
        return Contrast([*cells, "0", "one costs more"])
    mine = selection.at(k)
    return Contrast([*cells, f"{k}" if k == paid else f"{k} of {paid}", share(interval(mine))], compare(mine, large))
