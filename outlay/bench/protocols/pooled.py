"""The samples that one model drew for one task's questions: what they cost in FLOPs, and what k of them come to.

FLOPs are the model's forward pass: two a weight for the prompt, read once whatever is drawn from it, and for each token
that is generated. A verifier's FLOPs are counted as far as the run has them on record.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from outlay.bench.protocols.questions import Values, accuracies, fewest, pools
from outlay.bench.records import CandidateRecord, TrialRecord
from outlay.bench.store import StoredTrial
from outlay.bench.summary import Method
from outlay.statistics import expected_best_of_k, majority_at_k, pass_at_k

Samples = Mapping[Hashable, Sequence[CandidateRecord]]
Trials = Mapping[Method, Sequence[StoredTrial]]
RESAMPLES_SEED = 0


@dataclass(frozen=True, slots=True)
class Selection:
    """A way of choosing one of k samples.

    Attributes:
        name: how tables call it.
        samples: of each question, which it chooses from.
        judging: FLOPs of judging one sample.
        value: the probability that what is chosen among k of a question's samples is right.
    """

    name: str
    samples: Samples
    judging: float
    value: Callable[[Sequence[CandidateRecord], int], float]

    def at(self, k: int) -> Values:
        """That probability for each question."""
        return {question: self.value(row, k) for question, row in self.samples.items()}


@dataclass(frozen=True, slots=True)
class Answering:
    """One model on one task.

    Attributes:
        flops_per_token: two for each of its weights.
        prompt: mean tokens of a question.
        tokens: mean tokens of a sample.
        single: each question's accuracy with one sample.
        selections: the ways of choosing that the run allows; none without independent samples.
    """

    flops_per_token: float
    prompt: float
    tokens: float
    single: Values
    selections: Sequence[Selection]

    def flops(self, k: int, judging: float = 0.0) -> float:
        """Of k samples of a question, each judged at some FLOPs."""
        return self.flops_per_token * (self.prompt + k * self.tokens) + k * judging

    def affordable(self, flops: float, judging: float = 0.0) -> int:
        """The most samples of a question that so many FLOPs pay for; 0 if not even one."""
        left = flops - self.flops_per_token * self.prompt
        return max(0, int(left / (self.flops_per_token * self.tokens + judging) + 1e-9))


def answering(trials: Trials, flops_per_token: float, charged_per_token: float) -> Answering | None:
    """What the methods of one model hold on one task; None if none of them was graded.

    Args:
        trials: by method.
        flops_per_token: two for each of the model's weights.
        charged_per_token: what the run was charged for a token of this model, to tell a verifier's FLOPs from its own.
    """
    drawn = {method: pools(found) for method, found in trials.items()}
    largest = max(drawn, key=lambda method: fewest(drawn[method]))
    samples = drawn[largest]
    if samples:
        tokens = float(np.mean([one.tokens for row in samples.values() for one in row]))
        single = {question: float(np.mean([bool(one.correct) for one in row])) for question, row in samples.items()}
        selections = [*_unjudged(samples), *_judged(trials, drawn, charged_per_token)]
        return Answering(flops_per_token, _prompt(trials), tokens, single, selections)
    for found in trials.values():
        single = accuracies(found)
        spent = [record.cost for record in _records(found)]
        if single and all(cost.samples == 1 for cost in spent):
            tokens = float(np.mean([cost.completion_tokens for cost in spent]))
            return Answering(flops_per_token, _prompt(trials), tokens, single, [])
    return None


def _unjudged(samples: Samples) -> Iterator[Selection]:
    yield Selection("majority", samples, 0.0, _majority)
    yield Selection("a perfect verifier", samples, 0.0, _any)


def _judged(trials: Trials, drawn: Mapping[Method, Samples], charged_per_token: float) -> Iterator[Selection]:
    """The largest pool of each verifier in which every sample has a score."""
    best: dict[str, Method] = {}
    for method, samples in drawn.items():
        scored = method.verifier and all(one.score is not None for row in samples.values() for one in row)
        if samples and scored and (
            method.verifier not in best or fewest(samples) > fewest(drawn[best[method.verifier]])
        ):  # fmt: skip
            best[method.verifier] = method
    for verifier, method in best.items():
        records = _records(trials[method])
        own = [charged_per_token * (record.cost.prompt_tokens + record.cost.completion_tokens) for record in records]
        judging = [
            (record.cost.flops - mine) / len(record.candidates) for record, mine in zip(records, own, strict=True)
        ]
        yield Selection(verifier, drawn[method], max(0.0, float(np.mean(judging))), _best)


def prompt_length(method: Method, record: TrialRecord) -> float:
    """Tokens of a question: what a call read, or all that was read where a verifier's calls are among those counted."""
    read = record.cost.prompt_tokens + record.cost.cached_tokens
    return read if method.verifier else read / max(1, record.cost.calls)


def _prompt(trials: Trials) -> float:
    """Mean tokens of a question, by methods without a verifier where there are any."""
    plain = {method: found for method, found in trials.items() if not method.verifier} or trials
    return float(np.mean([prompt_length(method, one) for method, found in plain.items() for one in _records(found)]))


def _records(trials: Sequence[StoredTrial]) -> list[TrialRecord]:
    return [trial.record for trial in trials if trial.record is not None]


def _majority(row: Sequence[CandidateRecord], k: int) -> float:
    rng = np.random.default_rng(RESAMPLES_SEED)
    return majority_at_k([one.vote for one in row], [bool(one.correct) for one in row], k, rng)


def _any(row: Sequence[CandidateRecord], k: int) -> float:
    return pass_at_k(len(row), sum(bool(one.correct) for one in row), k)


def _best(row: Sequence[CandidateRecord], k: int) -> float:
    scores = np.array([-1.0 if one.value is None or one.score is None else one.score for one in row])
    return expected_best_of_k(scores, np.array([float(bool(one.correct)) for one in row]), k)
