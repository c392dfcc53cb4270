"""The figures of a report, from what was measured."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from outlay.bench.charts import Drawing, Figure, Mark, curves, levels, points, shares
from outlay.bench.comparison import SideBySide
from outlay.bench.curves import Point, anytime_points, sample_points
from outlay.bench.front import Standing
from outlay.bench.results import Axis
from outlay.bench.summary import Method, MethodTrials, Row
from outlay.statistics import Interval


class Placed(NamedTuple):
    """A point and where it goes."""

    panel: str
    line: str
    x: float
    share: Interval
    marked: bool


def labels(methods: Iterable[Method]) -> dict[Method, str]:
    """What each method is called in legends: its name, and its budget where there are several."""
    found = list(methods)
    budgeted = len({method.budget for method in found}) > 1
    return {method: f"{method.name} ({method.budget})" if budgeted else method.name for method in found}


def anytime_figure(methods: Mapping[Method, MethodTrials], axis: Axis, named: Mapping[Method, str]) -> Figure | None:
    """Accuracy against one kind of cost, a panel for each exam; None where nothing cost any of it."""
    return _figure(
        name=axis.name,
        title=f"Accuracy against {axis.plural}",
        text="Share of questions whose answer was right at the moment when the question had cost so much. A line ends "
        "with its dearest question.",
        lines=list(named.values()),
        placed=_ending((named[point.method], point) for point in anytime_points(methods, axis)),
        x_title=f"{axis.plural} a question",
        y_title="accuracy",
        drawing=curves,
        ticks=axis.ticks,
    )


def front_figure(standings: Mapping[str, Sequence[Standing]], axis: Axis, named: Mapping[Method, str]) -> Figure | None:
    """Accuracy and mean cost of every method, with the front; None where there is none."""
    return _figure(
        name=f"front-{axis.name}",
        title=f"The Pareto front in {axis.plural}",
        text="Each method at its mean cost. Full dots are on the front: no other method is at least as accurate at no "
        "greater cost.",
        lines=list(named.values()),
        placed=[
            Placed(exam, named[one.method], one.cost, one.accuracy, one.on_front)
            for exam, found in standings.items()
            for one in found
        ],
        x_title=f"{axis.plural} a question",
        y_title="accuracy",
        drawing=points,
        ticks=axis.ticks,
    )


def sample_figure(methods: Mapping[Method, MethodTrials]) -> Figure | None:
    """What k samples would have given; None without independent samples."""
    found = [(point.line, point) for point in sample_points(methods)]
    return _figure(
        name="samples",
        title="What k samples hold, and what is chosen from them",
        text="Expected over all ways to draw k of each question's independent samples. Coverage is the most that any "
        "choice could reach.",
        lines=list(dict.fromkeys(line for line, _ in found)),
        placed=_ending(found),
        x_title="k",
        y_title="right",
        drawing=curves,
        ticks="~s",
    )


def level_figure(rows: Sequence[Row], named: Mapping[Method, str]) -> Figure | None:
    """Accuracy from level to level, a panel for each task and model; None where each task has one level."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for row in rows:
        found[_without_level(row.method)].add(row.method.level)
    return _figure(
        name="levels",
        title="Accuracy from level to level",
        text="The same methods on harder and harder questions.",
        lines=list(named.values()),
        placed=[
            Placed(_without_level(row.method), named[row.method], row.method.level, row.accuracy, True)
            for row in rows
            if row.accuracy and len(found[_without_level(row.method)]) > 1
        ],
        x_title="level",
        y_title="accuracy",
        drawing=levels,
        ticks="d",
    )


def runs_figure(sides: Sequence[SideBySide], axis: Axis) -> Figure | None:
    """Accuracy of every run against one kind of cost, a panel for each method of the first that another has too."""
    named = titles(pair.first for side in sides for pair in side.pairs)
    curves_of: dict[tuple[str, str], list[Placed]] = {}
    for side in sides:
        for pair in side.pairs:
            title = named[pair.first]
            for run, method in ((side.first, pair.first), (side.second, pair.second)):
                points = anytime_points({method: run.methods[method]}, axis)
                placed = [one._replace(panel=title) for one in _ending((run.name, point) for point in points)]
                curves_of.setdefault((title, run.name), placed)
    return _figure(
        name=axis.name,
        title=f"Accuracy against {axis.plural}",
        text="Share of questions whose answer was right at the moment when the question had cost so much, of all "
        "questions of each run.",
        lines=[sides[0].first.name, *(side.second.name for side in sides)],
        placed=[one for placed in curves_of.values() for one in placed],
        x_title=f"{axis.plural} a question",
        y_title="accuracy",
        drawing=curves,
        ticks=axis.ticks,
    )


def titles(methods: Iterable[Method]) -> dict[Method, str]:
    """What each method is called apart from the others: its name, and what else differs among them."""
    found = list(methods)
    parts = [part for part in ("question", "model", "budget") if len({getattr(method, part) for method in found}) > 1]
    return {method: ", ".join([method.name, *(getattr(method, part) for part in parts)]) for method in found}


def _figure(
    *, name: str, title: str, text: str, lines: Sequence[str], placed: Sequence[Placed], x_title: str, y_title: str,
    drawing: Drawing, ticks: str,
) -> Figure | None:  # fmt: skip
    if not placed:
        return None
    order = list(dict.fromkeys(lines))
    panels: defaultdict[str, list[Mark]] = defaultdict(list)
    for one in placed:
        panels[one.panel].append(Mark(order.index(one.line), one.x, *one.share, one.marked))
    chart = drawing(shares(panels, y_title), order, x_title, ticks)
    return Figure(name, title, text, tuple(order), dict(panels), x_title, y_title, chart)


def _ending(points: Iterable[tuple[str, Point]]) -> list[Placed]:
    """Points of curves by their lines; the last one of each is marked."""
    found = list(points)
    last = {(point.method, line): point for line, point in found}
    return [
        Placed(point.method.exam, line, point.x, point.share, point is last[point.method, line])
        for line, point in found
    ]


def _without_level(method: Method) -> str:
    return f"{method.task}, {method.model}"
