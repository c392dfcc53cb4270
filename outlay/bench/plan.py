"""What running an experiment would do: which trials are left, what they are expected to cost and what at worst."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from outlay.bench.experiment import Experiment
from outlay.bench.grid import Trial, expand
from outlay.bench.parts import Parts
from outlay.bench.store import DATABASE, StoredTrial, read_store
from outlay.bench.summary import Method, group
from outlay.core.budget import Budget
from outlay.core.cost import NOTHING, Cost
from outlay.core.errors import InvalidInputError
from outlay.core.model import SampleRequest
from outlay.core.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class Amount:
    """Tokens and US dollars; None where nothing is known of them."""

    tokens: float | None
    dollars: float | None

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(_sum(self.tokens, other.tokens), _sum(self.dollars, other.dollars))


@dataclass(frozen=True, slots=True)
class MethodPlan:
    """What is planned of one method, over all of its questions and seeds.

    Attributes:
        method: what is run.
        trials: how many there are.
        done: of them with a result.
        failed: of them failed before.
        left: of them to be run.
        expected: what those are expected to cost: the mean of those that are done; else at most the worst case.
        measured: whether it is such a mean.
        worst: the most that those can cost.
        why: why that is not known, if it is not.
    """

    method: Method
    trials: int
    done: int
    failed: int
    left: int
    expected: Amount
    measured: bool
    worst: Amount
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is planned of an experiment.

    Attributes:
        methods: each method.
        charged: what the folder's results and its unfinished trials were charged so far.
        total: the experiment's own budget.
    """

    methods: Sequence[MethodPlan]
    charged: Cost
    total: Budget

    @property
    def expected(self) -> Amount:
        """What all that is left is expected to cost, as far as that is known of every method."""
        return _total(one.expected for one in self.methods)

    @property
    def worst(self) -> Amount:
        """The most that all that is left can cost: no more than the experiment's own budget has left."""
        found = _total(one.worst for one in self.methods)
        tokens, dollars = self.total.tokens, self.total.dollars
        return Amount(
            _least(found.tokens, None if tokens is None else max(0, tokens - self.charged.tokens)),
            _least(found.dollars, None if dollars is None else max(0.0, dollars - self.charged.dollars)),
        )


def plan(experiment: Experiment, parts: Parts, folder: Path, retry_failed: bool = False) -> Plan:
    """Look at what would be run. Nothing is spent, and nothing is written.

    Raises:
        InvalidInputError: if a part cannot be built, or lacks what a strategy needs.
        StoreError: if the folder's results cannot be read.
    """
    trials = expand(experiment, parts)
    charged, stored = NOTHING, [StoredTrial(trial.key, trial.cell, trial.index, None, None) for trial in trials]
    if (folder / DATABASE).is_file():
        with read_store(folder) as store:
            charged, stored = store.charged(), store.matched(trials)
    by_key = {trial.key: trial for trial in trials}
    methods = [_planned(method, found, by_key, retry_failed) for method, found in group(stored).items()]
    return Plan(methods, charged, experiment.total)


def _planned(
    method: Method, stored: Sequence[StoredTrial], trials: Mapping[str, Trial], retry_failed: bool
) -> MethodPlan:
    done = [one.record.cost for one in stored if one.record is not None]
    failed = [one for one in stored if one.cause is not None]
    left = [one for one in stored if one.record is None and (one.cause is None or retry_failed)]
    at_worst = [worst_case(trials[one.key]) for one in left]
    worst = _total(amount for amount, _ in at_worst)
    expected = worst
    if done:
        spent = sum(done, NOTHING)
        expected = Amount(len(left) * spent.tokens / len(done), len(left) * spent.dollars / len(done))
    why = next((why for _, why in at_worst if why), "")
    return MethodPlan(method, len(stored), len(done), len(failed), len(left), expected, bool(done), worst, why)


def worst_case(trial: Trial) -> tuple[Amount, str]:
    """The most that a trial can cost, and why that is not known, if it is not."""
    drawn, why = _drawn(trial)
    found = Amount(_least(drawn.tokens, trial.budget.tokens), _least(drawn.dollars, trial.budget.dollars))
    return found, why if found.tokens is None else ""


def _drawn(trial: Trial) -> tuple[Amount, str]:
    """The worst case of a strategy that only draws answers and has none of them judged."""
    info = trial.strategy.info
    count = getattr(trial.strategy, "n", 1)
    if not info.only_draws or count is None:
        return Amount(None, None), f"how much {info.name} asks for depends on what comes: give it a budget in tokens"
    if trial.verifier is not None:
        why = f"verdicts of {trial.verifier.info.name} have no stated worst case: give it a budget in tokens"
        return Amount(None, None), why
    most = trial.problem.step_rule.max_tokens
    try:
        single, together = (
            trial.model.bound(SampleRequest(Trajectory(trial.problem), (0,) * seeds, most)) for seeds in (1, count)
        )
    except InvalidInputError as error:
        return Amount(None, None), str(error)
    # Answers that a limit does not let draw at once are drawn in calls of their own, and each pays for the prompt.
    tokens = max(count * single.tokens, together.tokens)
    return Amount(tokens, max(count * single.dollars, together.dollars)), ""


def _total(amounts: Iterable[Amount]) -> Amount:
    return sum(amounts, Amount(0, 0.0))


def _sum(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first + second


def _least(first: float | None, second: float | None) -> float | None:
    known = [one for one in (first, second) if one is not None]
    return min(known) if known else None
