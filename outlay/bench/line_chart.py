"""Lines with 95% bands over a logarithmic axis, as the figures of laws need them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from outlay.bench.charts import COLOURS, HEIGHT, LEGEND, SCHEMA, WIDTH, Chart
from outlay.statistics import Interval


class Point(NamedTuple):
    """One point of a line.

    Attributes:
        line: its name.
        x: above 0.
        y: as measured or computed.
        low: of its 95% interval.
        high: of its 95% interval.
    """

    line: str
    x: float
    y: float
    low: float
    high: float

    @classmethod
    def exact(cls, line: str, x: float, y: float) -> "Point":
        """One without noise."""
        return cls(line, float(x), float(y), float(y), float(y))

    @classmethod
    def of(cls, line: str, x: float, y: Interval) -> "Point":
        """One with an interval."""
        return cls(line, float(x), *y)


def line_chart(panels: Mapping[str, Sequence[Point]], x_title: str, y_title: str, y_scale: str = "linear") -> Chart:
    """A panel for each title.

    Args:
        panels: points by title, lines in the order of their colours.
        x_title: what x is.
        y_title: what y is.
        y_scale: linear or log.
    """
    names = list(dict.fromkeys(one.line for points in panels.values() for one in points))
    colours = [COLOURS[i % len(COLOURS)] for i in range(len(names))]
    channels = {
        "x": {"field": "x", "type": "quantitative", "title": x_title, "scale": {"type": "log", "nice": False},
              "axis": {"grid": False, "format": "~s"}},
        "color": {"field": "line", "type": "nominal", "title": None, "legend": LEGEND,
                  "scale": {"domain": names, "range": colours}},
    }  # fmt: skip
    y = {"type": "quantitative", "title": y_title, "scale": {"type": y_scale, "zero": False}}
    band = {**channels, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    line = {**channels, "y": {**y, "field": "y"}}
    return {
        **SCHEMA,
        "concat": [
            {
                "title": {"text": title, "anchor": "start"},
                "width": WIDTH,
                "height": HEIGHT,
                "data": {"values": [one._asdict() for one in points]},
                "layer": [
                    {"mark": {"type": "area", "opacity": 0.13}, "encoding": band},
                    {"mark": {"type": "line", "strokeWidth": 2, "point": True}, "encoding": line},
                ],
            }
            for title, points in panels.items()
        ],
        "columns": min(2, len(panels)),
        "config": {"background": "transparent", "view": {"stroke": None}},
    }
