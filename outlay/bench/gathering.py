"""Reads what a report needs of a store, again and again, and each result once."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from outlay.bench.grid import Cell
from outlay.bench.results import Result
from outlay.bench.store import Store
from outlay.bench.summary import Method, MethodTrials


@dataclass(slots=True)
class Gathering:
    """Reads a store again and again, each result once.

    Attributes:
        known: results by the keys of their trials.
    """

    known: dict[str, Result] = field(default_factory=dict)

    def read(self, store: Store) -> Mapping[Method, MethodTrials]:
        """All planned trials by method, in the order of the plan.

        Raises:
            StoreError: if the store cannot be read.
        """
        plan = list(store.plan())
        missing = [planned.key for planned in plan if planned.finished and planned.key not in self.known]
        for key, record in store.records(missing):
            self.known[key] = Result.of(record)
        methods: defaultdict[Method, MethodTrials] = defaultdict(MethodTrials)
        shared: dict[Cell, MethodTrials] = {}
        for planned in plan:
            cell = planned.cell
            if cell not in shared:
                method = Method(cell.task, cell.level, cell.model, cell.strategy, cell.verifier, cell.budget)
                shared[cell] = methods[method]
            trials = shared[cell]
            trials.planned += 1
            if planned.finished and planned.key in self.known:
                trials.results[planned.index, cell.seed] = self.known[planned.key]
            elif planned.cause is not None:
                trials.causes.append(planned.cause)
        return methods
