"""Reads what a report needs of a store, again and again, and each result once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from outlay.bench.results import Result
from outlay.bench.store import Planned, Store, StoredTrial
from outlay.bench.summary import Method, MethodTrials


@dataclass(slots=True)
class Gathering:
    """Everything that is planned, with the result of whatever has one.

    Attributes:
        known: results by the keys of their trials.
        plan: the trials in order, as of the last reading.
    """

    known: dict[str, Result] = field(default_factory=dict)
    plan: Sequence[Planned] = ()

    def read(self, store: Store) -> None:
        """Bring it up to date.

        Raises:
            StoreError: if the store cannot be read.
        """
        self.plan = list(store.plan())
        missing = [planned.key for planned in self.plan if planned.finished and planned.key not in self.known]
        for key, record in store.records(missing):
            self.known[key] = Result.of(record)

    def methods(self) -> Mapping[Method, MethodTrials]:
        """The trials by method, in the order of the plan."""
        methods: defaultdict[Method, MethodTrials] = defaultdict(MethodTrials)
        for planned in self.plan:
            trials = methods[Method.of(planned.cell)]
            trials.planned += 1
            if planned.finished and planned.key in self.known:
                trials.results[planned.index, planned.cell.seed] = self.known[planned.key]
            elif planned.cause is not None:
                trials.causes.append(planned.cause)
        return methods

    def trials(self) -> list[StoredTrial]:
        """The trials one by one, with records that lack texts, curves and candidates."""
        return [
            StoredTrial(
                planned.key,
                planned.cell,
                planned.index,
                self.known[planned.key].record if planned.finished and planned.key in self.known else None,
                planned.cause,
            )
            for planned in self.plan
        ]
