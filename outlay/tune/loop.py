"""The search itself: suggest, measure, stop early or keep, until the trials or the total are used up."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from outlay.bench.parts import Parts
from outlay.core.budget import Budget
from outlay.core.catalogue import Specification, parse
from outlay.core.cost import NOTHING, Cost
from outlay.core.errors import InvalidInputError
from outlay.core.model import LanguageModel
from outlay.tune import study as studies
from outlay.tune.measured import Measured, blocks, measure
from outlay.tune.plan import Candidate, Search
from outlay.tune.proposer import Tried, propose
from outlay.tune.pruning import beaten_by
from outlay.tune.space import Params

EVERY = 2
"""Where a model proposes, every so many-th trial is left to it."""


@dataclass(frozen=True, slots=True)
class Told:
    """How a trial ended, for whoever listens.

    Attributes:
        number: of the trial.
        candidate: what was measured, as text.
        measured: its results; None if it cannot be run.
        ending: ``measured``, or why it was stopped.
    """

    number: int
    candidate: str
    measured: Measured | None
    ending: str


Sink = Callable[[Told], None]


@dataclass(slots=True)
class Loop:
    """A search under way.

    Attributes:
        search: what is to be done.
        parts: where names are looked up.
        folder: where results are kept.
        study: keeps the trials.
        sink: told of each trial that ends.
        proposer: proposes trials; None for the sampler alone.
        spent_out: whether the total refused a trial, which stays unfinished.
    """

    search: Search
    parts: Parts
    folder: Path
    study: studies.Study
    sink: Sink
    proposer: LanguageModel | None = None
    spent_out: bool = field(default=False, init=False)

    async def run(self, earlier: Sequence[studies.Trial] = ()) -> None:
        """Make trials until there are as many as planned, or the total is spent; what an earlier session left goes on.

        Args:
            earlier: trials of earlier studies whose choices are tried first, as far as they lie in the space.

        Raises:
            StoreError: if the folder is in use or cannot be written.
        """
        if not self.study.get_trials(deepcopy=False):
            self._warm(earlier)
        while len(studies.finished(self.study)) < self.search.trials and not self.spent_out:
            await self._propose()
            await self._trial()

    async def _trial(self) -> None:
        before = len(studies.finished(self.study))
        self.study.sampler = studies.sampler_of(self.search.sampler, self.search.seed, before, self._candidate)
        trial = studies.ask(self.study)
        try:
            candidate = self._candidate(trial)
            trial.set_user_attr("strategy", str(candidate.strategy))
            trial.set_user_attr("verifier", "" if candidate.verifier is None else str(candidate.verifier))
            trial.set_user_attr(studies.CHOSEN, str(candidate.model))
            await self._measure(trial, candidate)
        except InvalidInputError as error:
            trial.set_user_attr("impossible", str(error))
            studies.stop(self.study, trial)
            self.sink(Told(trial.number, str(trial.params), None, f"impossible: {error}"))

    def _candidate(self, trial: Any) -> Candidate:
        strategy = self.search.space.suggest(trial)
        models = {str(one): one for one in self.search.models}
        model = str(trial.suggest_categorical("model", list(models))) if len(models) > 1 else next(iter(models))
        verifier = None
        if self.parts.strategies.build(strategy).info.verifier is not None:
            verifiers = {str(one): one for one in self.search.verifiers}
            if not verifiers:
                raise InvalidInputError(f'{strategy.name} needs a verifier: add  verifiers = ["..."]')
            names = list(verifiers)
            verifier = verifiers[str(trial.suggest_categorical("verifier", names)) if len(names) > 1 else names[0]]
        return Candidate(strategy, verifier, models[model])

    async def _measure(self, trial: Any, candidate: Candidate) -> None:
        front = self.study.best_trials
        rivals = [Measured.of(one.user_attrs) for one in front]
        paying = replace(self.search, total=_left(self.search.total, self._asking()))
        for questions in blocks(self.search.questions):
            found, ended = await measure(paying, candidate, questions, self.parts, self.folder)
            for name, value in found.as_attributes().items():
                trial.set_user_attr(name, value)
            if ended.spent_out:
                self.spent_out = True
                return
            rival = beaten_by(found, rivals, self.search.error) if self.search.error else None
            if rival is not None and questions < self.search.questions:
                number = front[rival].number
                trial.set_user_attr("beaten_by", number)
                studies.stop(self.study, trial)
                told = f"stopped after {len(found.right)} problems: trial {number} is better and costs no more"
                self.sink(Told(trial.number, str(candidate), found, told))
                return
        if math.isnan(found.accuracy):
            raise InvalidInputError(f"every problem failed, the last with: {ended.cause}")
        studies.complete(self.study, trial, (found.accuracy, found.mean_tokens))
        self.sink(Told(trial.number, str(candidate), found, "measured"))

    def _warm(self, earlier: Sequence[studies.Trial]) -> None:
        for given in self.search.start:
            studies.enqueue(self.study, self.search.space.match(given), proposed_by="start")
        for trial in earlier:
            try:
                params = self.search.space.match(parse(trial.user_attrs["strategy"], "strategy"))
            except InvalidInputError:
                continue
            studies.enqueue(self.study, {**params, **self._others(trial)}, proposed_by="an earlier study")

    def _others(self, trial: studies.Trial) -> Params:
        """An earlier trial's model and verifier, where this search has several and knows them."""
        kinds: list[tuple[str, Sequence[Specification]]] = [
            ("model", self.search.models), ("verifier", self.search.verifiers)
        ]  # fmt: skip
        return {
            kind: trial.user_attrs[kind]
            for kind, known in kinds
            if len(known) > 1 and trial.user_attrs.get(kind) in set(map(str, known))
        }

    async def _propose(self) -> None:
        """Let the model propose the next trial, where it is its turn and no trial waits."""
        trials = self.study.get_trials(deepcopy=False)
        before = studies.finished(self.study)
        waiting = any(one.state.name == "WAITING" for one in trials)
        if self.proposer is None or waiting or len(before) % EVERY == 0:
            return
        done = [one for one in before if one.values]
        tried = [Tried(one.user_attrs["strategy"], one.values[0], one.values[1]) for one in done]
        left = _left(self.search.total, self._asking())
        found = await propose(
            self.proposer,
            self.search.space,
            tried,
            [one.params for one in trials],
            left,
            self.search.seed + len(before),
        )
        counts = dict(self.study.user_attrs.get("proposals", {"accepted": 0, "refused": 0}))
        counts["refused" if found.params is None else "accepted"] += 1
        self.study.set_user_attr("proposals", counts)
        cost = replace(self._asking() + found.cost, seconds=0.0).as_dict()
        self.study.set_user_attr("proposals_cost", {name: value for name, value in cost.items() if name != "tokens"})
        if found.params is None:
            self.study.set_user_attr("last_refusal", found.why)
        else:
            studies.enqueue(self.study, found.params, proposed_by=self.proposer.info.name)

    def _asking(self) -> Cost:
        """What all proposals have cost."""
        kept = self.study.user_attrs.get("proposals_cost")
        return NOTHING if kept is None else Cost(**kept)


def _left(total: Budget, spent: Cost) -> Budget:
    """What a budget leaves after a cost; the least there is of a limit that is spent."""
    least = {"tokens": 1, "calls": 1, "dollars": 1e-12, "flops": 1e-12}
    given = spent.as_dict()
    return replace(
        total,
        **{name: max(least[name], value - given[name]) for name, value in total.as_dict().items()},  # type: ignore[arg-type]
    )
