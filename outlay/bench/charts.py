"""Charts as Vega-Lite specifications: interactive in the report, and drawn to PNG and SVG beside it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import vl_convert

from outlay.bench.curves import Point

Chart = dict[str, Any]
WIDTH, HEIGHT, COLUMNS = 380, 260, 2
VEGA_LITE = "5.21"
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#a6761d", "#8c6bb1", "#333333"]
"""Okabe and Ito's palette for colour-blind readers, and four more."""


def line_charts(points: Iterable[Point], x_title: str, y_title: str) -> Chart | None:
    """Lines with 95% bands, a panel for each exam; click the legend to show one line alone. None without points."""
    rows = [_row(point) for point in points]
    if not rows:
        return None
    panels = list(dict.fromkeys(row["panel"] for row in rows))
    lines = list(dict.fromkeys(row["line"] for row in rows))
    charts = [
        _panel([row for row in rows if row["panel"] == name], name, f"chosen{number}", x_title, y_title, lines)
        for number, name in enumerate(panels)
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "concat": charts,
        "columns": min(COLUMNS, len(charts)),
        "resolve": {"scale": {"x": "independent"}},
        "config": {"background": "transparent", "view": {"stroke": None}, "legend": {"labelLimit": 0}},
    }


def draw_png(chart: Chart) -> bytes:
    """The chart as a PNG image on white."""
    return bytes(vl_convert.vegalite_to_png(_on_white(chart), vl_version=VEGA_LITE, scale=2))


def draw_svg(chart: Chart) -> str:
    """The chart as an SVG image on white."""
    return str(vl_convert.vegalite_to_svg(_on_white(chart), vl_version=VEGA_LITE))


def chart_script() -> str:
    """The JavaScript that shows charts in a page, with nothing left to load."""
    return str(vl_convert.javascript_bundle(None, vl_version=VEGA_LITE))  # type: ignore[arg-type]


def _on_white(chart: Chart) -> Chart:
    return {**chart, "config": {**chart["config"], "background": "white"}}


def _row(point: Point) -> Mapping[str, Any]:
    budget = point.method.budget
    line = point.line if budget in {"", "unlimited"} or ":" in point.line else f"{point.line} ({budget})"
    return {
        "panel": point.method.exam,
        "line": line,
        "x": point.x,
        "share": point.share.estimate,
        "low": point.share.low,
        "high": point.share.high,
    }


def _panel(
    rows: Sequence[Mapping[str, Any]], name: str, chosen: str, x_title: str, y_title: str, lines: Sequence[str]
) -> Chart:
    x = {"field": "x", "type": "quantitative", "title": x_title, "scale": {"type": "log", "nice": False},
         "axis": {"grid": False, "format": "~s"}}  # fmt: skip
    y_axis = {"format": "%", "gridOpacity": 0.4}
    y = {"field": "share", "type": "quantitative", "title": y_title, "scale": {"domain": [0, 1]}, "axis": y_axis}
    scale = {"domain": list(lines), "range": [COLOURS[i % len(COLOURS)] for i in range(len(lines))]}
    legend = {"orient": "bottom", "columns": 1, "symbolType": "stroke", "symbolOpacity": 1, "symbolStrokeWidth": 3}
    colour = {"field": "line", "type": "nominal", "title": None, "scale": scale, "legend": legend}
    tooltip = [
        {"field": "line", "title": "method"},
        {"field": "x", "title": x_title, "format": ",.0f"},
        {"field": "share", "title": y_title, "format": ".1%"},
        {"field": "low", "title": "95% from", "format": ".1%"},
        {"field": "high", "title": "to", "format": ".1%"},
    ]
    shown = {"condition": {"param": chosen, "value": 1}, "value": 0.08}
    return {
        "title": {"text": name, "anchor": "start"},
        "width": WIDTH,
        "height": HEIGHT,
        "data": {"values": list(rows)},
        "encoding": {"x": x, "color": colour},
        "layer": [
            {
                "mark": {"type": "area"},
                "encoding": {
                    "y": {"field": "low", "type": "quantitative", "title": y_title},
                    "y2": {"field": "high"},
                    "opacity": {"condition": {"param": chosen, "value": 0.13}, "value": 0.02},
                },
            },
            {
                "params": [{"name": chosen, "select": {"type": "point", "fields": ["line"]}, "bind": "legend"}],
                "mark": {"type": "line", "point": {"size": 22}},
                "encoding": {"y": y, "opacity": shown, "tooltip": tooltip},
            },
        ],
    }
