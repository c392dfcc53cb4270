"""Everything that a report shows of one results folder, finished or not, before any of it is drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from outlay.bench.charts import Figure
from outlay.bench.front import Standing, standings
from outlay.bench.gathering import Gathering
from outlay.bench.plots import anytime_figure, front_figure, labels, level_figure, sample_figure
from outlay.bench.problem_table import Problems, problem_tables
from outlay.bench.results import AXES, Axis
from outlay.bench.store import Manifest, Store
from outlay.bench.summary import Method, MethodTrials, Row, summarise, total_cost
from outlay.bench.targets import Target, targets
from outlay.core.cost import NOTHING, Cost


@dataclass(frozen=True, slots=True)
class AgainstCost:
    """Accuracy against one kind of cost.

    Attributes:
        axis: which kind.
        curves: on the way to the answer.
        front: at the end.
        standings: by exam.
        targets: by exam.
    """

    axis: Axis
    curves: Figure
    front: Figure | None
    standings: Mapping[str, Sequence[Standing]]
    targets: Mapping[str, Target]


@dataclass(frozen=True, slots=True)
class Findings:
    """What a run came to so far.

    Attributes:
        manifests: all sessions, first to last; at least one.
        methods: what ran, with its trials.
        rows: the summary; empty before the first result.
        against: accuracy against each kind of cost that was counted.
        levels: accuracy from level to level, where there are several.
        samples: what k samples hold, where they are independent.
        problems: the questions one by one, with traces.
    """

    manifests: Sequence[Manifest]
    methods: Mapping[Method, MethodTrials]
    rows: Sequence[Row]
    against: Sequence[AgainstCost]
    levels: Figure | None
    samples: Figure | None
    problems: Problems

    @property
    def manifest(self) -> Manifest:
        """Of the newest session."""
        return self.manifests[-1]

    @property
    def planned(self) -> int:
        """Trials in the plan."""
        return sum(trials.planned for trials in self.methods.values())

    @property
    def finished(self) -> int:
        """Trials with a result."""
        return sum(len(trials.results) for trials in self.methods.values())

    @property
    def causes(self) -> list[str]:
        """Why trials failed, one for each."""
        return [cause for trials in self.methods.values() for cause in trials.causes]

    @property
    def charged(self) -> Cost:
        """What all results together cost."""
        costs = (total_cost(trials.results.values()) for trials in self.methods.values())
        return sum(costs, NOTHING)

    @property
    def figures(self) -> list[Figure]:
        """Those that there are, in the order of the page."""
        found = [figure for one in self.against for figure in (one.curves, one.front)]
        return [figure for figure in (*found, self.levels, self.samples) if figure]


def find(store: Store, gathering: Gathering) -> Findings | None:
    """What a store holds, or None before its first session.

    Args:
        store: to read.
        gathering: what was read of it before; results that it knows are not read again.

    Raises:
        StoreError: if the store cannot be read.
    """
    manifests = store.manifests()
    if not manifests:
        return None
    gathering.read(store)
    methods = gathering.methods()
    baseline = manifests[-1].baseline
    rows = summarise(methods, baseline)
    named = labels(methods)
    against = (_against(axis, rows, methods, baseline, named) for axis in AXES)
    return Findings(
        manifests,
        methods,
        rows,
        [one for one in against if one],
        level_figure(rows, named),
        sample_figure(methods),
        problem_tables(store, gathering.trials()),
    )


def _against(
    axis: Axis, rows: Sequence[Row], methods: Mapping[Method, MethodTrials], baseline: str, named: Mapping[Method, str]
) -> AgainstCost | None:
    curves = anytime_figure(methods, axis, named)
    if curves is None:
        return None
    found = standings(rows, methods, axis)
    return AgainstCost(axis, curves, front_figure(found, axis, named), found, targets(methods, baseline, axis))
