"""Charts as Vega-Lite specifications: small multiples that a page draws itself, and drawn to PNG and SVG beside it."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import vl_convert

Chart = dict[str, Any]
WIDTH, HEIGHT, COLUMNS = 380, 260, 2
VEGA_LITE = "6.4"
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#a6761d", "#8c6bb1", "#999933"]
"""Okabe and Ito's palette for colour-blind readers, and four more; all show on white and on black."""
DASHES = [[1, 0], [6, 3], [2, 2], [8, 2, 2, 2]]
"""Once the colours are used up they come again, with the next of these."""
SCHEMA = {"$schema": "https://vega.github.io/schema/vega-lite/v6.json"}
LEGEND = {"orient": "bottom", "columns": 1, "symbolType": "stroke", "symbolOpacity": 1, "symbolStrokeWidth": 3,
          "labelLimit": 0}  # fmt: skip
CHOSEN = {"name": "chosen", "value": ""}
"""The line that is shown alone; empty for all."""


class Mark(NamedTuple):
    """One point of a chart.

    Attributes:
        line: position of its line's name.
        x: where it stands.
        y: a share.
        low: of its 95% interval.
        high: of its 95% interval.
        marked: whether it is drawn as a full dot: the end of a curve, a point on the front.
    """

    line: int
    x: float
    y: float
    low: float
    high: float
    marked: bool

    def short(self) -> list[float]:
        """Plain numbers for JSON, to the four places that a chart can show."""
        return [self.line, float(f"{self.x:.4g}"), *(round(v, 4) for v in (self.y, self.low, self.high)), self.marked]


Drawing = Callable[[Chart, Sequence[str], str, str], Chart]
"""From the channel of shares, lines, what x is and how it is written to the specification of a panel."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Small charts with one legend and one scale of shares.

    Attributes:
        name: how its files are called.
        title: what stands above it.
        text: what it shows, in a sentence or two.
        lines: names that marks give by position, in the order of colours.
        panels: marks by the title of their panel.
        x_title: what x is.
        y_title: what y is.
        chart: the specification of one panel, without title, data and width.
    """

    name: str
    title: str
    text: str
    lines: tuple[str, ...]
    panels: Mapping[str, Sequence[Mark]]
    x_title: str
    y_title: str
    chart: Chart

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        panels = [[mark.short() for mark in marks] for marks in self.panels.values()]
        return {"lines": self.lines, "x": self.x_title, "y": self.y_title, "panels": panels, "chart": self.chart}

    @property
    def legend(self) -> list[tuple[int, str]]:
        """The lines that some panel shows, with their positions."""
        shown = {mark.line for marks in self.panels.values() for mark in marks}
        return [(position, name) for position, name in enumerate(self.lines) if position in shown]

    def told(self, panel: str) -> str:
        """A panel in words, for those who do not see it: where each line ends."""
        ends = {mark.line: mark for mark in self.panels[panel]}
        told = (f"{self.lines[line]} {100 * mark.y:.0f}% at {mark.x:.4g}" for line, mark in ends.items())
        return f"{self.title}: {panel}. {self.y_title.capitalize()} at the last {self.x_title}: {', '.join(told)}."


def curves(y: Chart, lines: Sequence[str], x_title: str, ticks: str) -> Chart:
    """Lines with 95% bands over a log axis; a dot where a line ends.

    Args:
        y: the channel of shares.
        lines: names in the order of colours.
        x_title: what x is.
        ticks: how x is written, in d3-format's language.
    """
    band = {"y": {**y, "field": "low"}, "y2": {"field": "high"}, "opacity": _unless_hidden(0.13, 0.0)}
    line = {"y": y, "opacity": _unless_hidden(1, 0.08)}
    ends = {**line, "tooltip": _tooltip(x_title, y["title"])}
    hover = {"y": y, "opacity": {"value": 0}, "tooltip": _tooltip(x_title, y["title"])}
    return {
        "encoding": {"x": _log_axis(x_title, ticks), **_line_channels(lines)},
        "layer": [
            {"mark": {"type": "area"}, "encoding": band},
            {"mark": {"type": "line", "strokeWidth": 2}, "encoding": line},
            {"mark": {"type": "point", "size": 90, "filled": True}, "encoding": hover},
            _full_dots(ends),
        ],
    }


def points(y: Chart, lines: Sequence[str], x_title: str, ticks: str) -> Chart:
    """Points with 95% intervals over a log axis; steps through the marked ones."""
    faint = {"opacity": _unless_hidden(1, 0.12)}
    steps = {"type": "line", "interpolate": "step-after", "strokeDash": [3, 3], "strokeWidth": 1.2, "opacity": 0.6}
    tooltip = {"tooltip": _tooltip(x_title, y["title"])}
    return {
        "encoding": {"x": _log_axis(x_title, ticks)},
        "layer": [
            {"transform": [{"filter": "datum.marked"}], "mark": {**steps, "color": "#7f7f7f"}, "encoding": {"y": y}},
            *_bars(y, lines, faint),
            {
                "mark": {"type": "point", "size": 70, "strokeWidth": 2, "fill": "transparent"},
                "encoding": {"y": y, **_line_channels(lines), **faint, **tooltip},
            },
            _full_dots({"y": y, **_line_channels(lines), **faint, **tooltip}),
        ],
    }


def levels(y: Chart, lines: Sequence[str], x_title: str, ticks: str) -> Chart:
    """Lines from level to level with 95% intervals, beside each other so that none hides another."""
    x = {"field": "x", "type": "ordinal", "title": x_title, "axis": {"grid": False, "labelAngle": 0, "format": ticks}}
    faint = {"opacity": _unless_hidden(1, 0.1)}
    return {
        "encoding": {"x": x, "xOffset": {"field": "line", "sort": list(lines)}},
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 1.2}, "encoding": {"y": y, **_line_channels(lines), **faint}},
            *_bars(y, lines, faint),
            _full_dots({"y": y, **_line_channels(lines), **faint, "tooltip": _tooltip(x_title, y["title"])}),
        ],
    }


def shares(panels: Mapping[str, Sequence[Mark]], title: str) -> Chart:
    """The channel of shares that all panels have in common, no taller than their intervals need."""
    bounds = [bound for marks in panels.values() for mark in marks for bound in (mark.low, mark.high)]
    low, high = math.floor(10 * min(bounds)) / 10, math.ceil(10 * max(bounds)) / 10
    scale = {"domain": [low, high] if high - low >= 0.2 else [max(0.0, high - 0.2), max(high, 0.2)]}
    axis = {"format": ".0%", "tickCount": 5}
    return {"field": "y", "type": "quantitative", "title": title, "scale": scale, "axis": axis}


def swatch(line: int) -> tuple[str, str]:
    """Colour and dashes of a line by its position, as SVG writes them."""
    return COLOURS[line % len(COLOURS)], " ".join(map(str, _dashes(line)))


def draw_svg(chart: Chart) -> str:
    """The chart as an SVG image on white."""
    return str(vl_convert.vegalite_to_svg(_on_white(chart), vl_version=VEGA_LITE))


def draw_png(svg: str) -> bytes:
    """A drawn chart as a PNG image, at twice its size."""
    return bytes(vl_convert.svg_to_png(svg, scale=2))


def chart_script() -> str:
    """The JavaScript that shows charts in a page, with nothing left to load."""
    return str(vl_convert.javascript_bundle(None, vl_version=VEGA_LITE))  # type: ignore[arg-type]


def whole(figure: Figure) -> Chart:
    """All panels of a figure as one chart with a legend."""
    panels = [
        {
            **figure.chart,
            "title": {"text": name, "anchor": "start"},
            "width": WIDTH,
            "height": HEIGHT,
            "data": {"values": [{**mark._asdict(), "line": figure.lines[mark.line]} for mark in marks]},
        }
        for name, marks in figure.panels.items()
    ]
    return {
        **SCHEMA,
        "params": [CHOSEN],
        "concat": panels,
        "columns": min(COLUMNS, len(panels)),
        "config": {"background": "transparent", "view": {"stroke": None}, "legend": LEGEND},
    }


def _on_white(chart: Chart) -> Chart:
    return {**chart, "config": {**chart["config"], "background": "white"}}


def _log_axis(title: str, ticks: str) -> Chart:
    axis = {"grid": False, "format": ticks, "tickCount": 6, "labelSeparation": 6}
    return {"field": "x", "type": "quantitative", "title": title, "scale": {"type": "log", "nice": False, "padding": 8},
            "axis": axis}  # fmt: skip


def _line_channels(lines: Sequence[str]) -> Chart:
    domain = list(lines)
    colours = {"domain": domain, "range": [COLOURS[i % len(COLOURS)] for i in range(len(domain))]}
    channels: Chart = {"color": {"field": "line", "type": "nominal", "title": None, "scale": colours}}
    if len(domain) > len(COLOURS):
        dashes = {"domain": domain, "range": [_dashes(i) for i in range(len(domain))]}
        channels["strokeDash"] = {"field": "line", "type": "nominal", "title": None, "scale": dashes}
    return channels


def _dashes(line: int) -> list[int]:
    return DASHES[line // len(COLOURS) % len(DASHES)]


def _bars(y: Chart, lines: Sequence[str], faint: Chart) -> list[Chart]:
    bar = {"y": {**y, "field": "low"}, "y2": {"field": "high"}, **_line_channels(lines), **faint}
    return [{"mark": {"type": "rule", "strokeWidth": 1.5}, "encoding": {**bar, "strokeDash": {"value": [1, 0]}}}]


def _full_dots(encoding: Chart) -> Chart:
    solid = {**encoding, "strokeDash": {"value": [1, 0]}}
    return {"transform": [{"filter": "datum.marked"}], "mark": {"type": "point", "size": 50, "filled": True},
            "encoding": solid}  # fmt: skip


def _unless_hidden(shown: float, hidden: float) -> Chart:
    return {"condition": {"test": "chosen === '' || datum.line === chosen", "value": shown}, "value": hidden}


def _tooltip(x_title: str, y_title: str) -> list[Chart]:
    return [
        {"field": "line", "title": "method"},
        {"field": "x", "title": x_title, "format": ",.4~r"},
        {"field": "y", "title": y_title, "format": ".1%"},
        {"field": "low", "title": "95% from", "format": ".1%"},
        {"field": "high", "title": "to", "format": ".1%"},
    ]
